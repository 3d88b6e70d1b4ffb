import Calls
import Foundation
import Loading
import TestSupport
import Testing

@testable import Isolation

@Suite("A plugin says the same of itself each time")
struct DescriptionChangeTests {
    private let workshop: Workshop
    private let file: String

    init() throws {
        workshop = try Workshop()
        file = try workshop.buildC(
            Workshop.repository + "/Tests/IsolationTests/Fixtures/changing.c",
            // Of what lies beside it, it may read the libraries.
            ["-DWORD=\"\(workshop.directory)/word.so\""])
    }

    /// As a host does when it starts.
    private func start(saying word: String) throws {
        _ = try workshop.write(word.utf8, named: "word.so")
        let plugin = try WorkerLibrary.open(
            file: file, cache: DescriptionCache(directory: workshop.directory + "/cache"), log: { _, _ in })
        defer { plugin.quiesce() }
        try plugin.start(configuration: "{}")
    }

    private func refusal(saying word: String) -> LoadFailure? {
        #expect(throws: LoadFailure.self) { try start(saying: word) }
    }

    @Test("who says something else is refused with the difference, and asked anew at the next start")
    func changed() throws {
        try start(saying: "a")
        try start(saying: "a")
        let failure = try #require(refusal(saying: "b"))
        let difference = "the tool \"change\" has another description"
        #expect(failure.reason == "it says something else of itself than before: \(difference)")
        #expect(failure.help.hasPrefix("restart the host: it asks the plugin anew"))
        try start(saying: "b")
    }

    @Test("who never says the same is refused each time")
    func neverTheSame() throws {
        for _ in 0..<3 { #expect(refusal(saying: "?")?.reason.contains("another description") == true) }
    }

    @Test("what is remembered of one file is not said of another")
    func another() throws {
        try start(saying: "a")
        let cache = DescriptionCache(directory: workshop.directory + "/cache")
        func id(_ file: String) throws -> String { try WorkerLibrary.open(file: file, cache: cache).id }
        #expect(try id(file) == "org.example.changing")
        let other = try workshop.buildC(
            Workshop.repository + "/Tests/IsolationTests/Fixtures/crashing.c", named: "other.so",
            ["-pthread", "-DSTATE=", "-O1", "-Wno-infinite-recursion"])
        #expect(try id(other) == "org.example.crashing")
    }

    @Test("a file that was replaced since it was looked at is not served, though it is the same")
    func replaced() throws {
        _ = try workshop.write("a".utf8, named: "word.so")
        let plugin = try WorkerLibrary.open(file: file, log: { _, _ in })
        try FileManager.default.copyItem(atPath: file, toPath: file + ".new")
        #expect(rename(file + ".new", file) == 0)
        let failure = #expect(throws: LoadFailure.self) { try plugin.start(configuration: "{}") }
        #expect(failure?.reason == "it was replaced while it was opened")
    }

    @Test("what differs is named: the first that does")
    func words() {
        func tool(_ name: String, _ change: (inout Tool) -> Void = { _ in }) -> Tool {
            var tool = Tool(name: name, plugin: "p", inputSchema: [:], contract: Contract(claims: []))
            change(&tool)
            return tool
        }
        func words(_ id: String, _ version: String, _ tools: [Tool]) -> String {
            DescriptionChange.words(from: ("p", "1", [tool("a"), tool("b")]), to: (id, version, tools))
        }
        #expect(words("q", "2", []) == "its id is q, and was p")
        #expect(words("p", "2", []) == "its version is 2, and was 1")
        #expect(words("p", "1", [tool("a"), tool("c")]) == "the tool \"c\" is new")
        #expect(words("p", "1", [tool("a")]) == "the tool \"b\" is no more")
        #expect(words("p", "1", [tool("b"), tool("a")]) == "its tools are in another order")
        let changes: [(String, (inout Tool) -> Void)] = [
            ("title", { $0.title = "x" }), ("description", { $0.description = "x" }),
            ("input schema", { $0.inputSchema = ["type": "object"] }), ("output schema", { $0.outputSchema = [:] }),
            ("flags", { $0.traits = .readOnly }), ("contract", { $0.contract.takesEverything = true }),
        ]
        for (name, change) in changes {
            #expect(words("p", "1", [tool("a"), tool("b", change)]) == "the tool \"b\" has another \(name)")
        }
        #expect(words("p", "1", [tool("a"), tool("b")]) == "something differs that this host makes no use of")
    }
}
