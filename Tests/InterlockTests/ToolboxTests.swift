import Calls
import Foundation
import HostSupport
import Interlock
import StrictJSON
import TestSupport
import Testing

@Suite("A call that cannot be taken in is refused with the reason", .timeLimit(.minutes(20)))
struct IntakeTests {
    struct Refusal: Sendable {
        var call: Call
        var words: [String]
    }

    static let refusals: [Refusal] = [
        .init(
            call: Call("file_raed", ["path": "a"]),
            words: ["there is no tool \"file_raed\"; the nearest is \"file_read\""]),
        .init(call: Call("frobnicate", [:]), words: ["there is no tool \"frobnicate\""]),
        .init(
            call: Call(id: "c", tool: "file_read", arguments: .malformed(reason: "line 1, column 3: expected a value")),
            words: ["line 1, column 3: expected a value"]),
        .init(
            call: Call(id: "c", tool: "", arguments: .malformed(reason: "no call")), words: ["no call"]),
        .init(
            call: Call("file_read", ["path": 7, "ofset": 1]),
            words: ["the arguments do not fit the schema of file_read", "/path: ", "ofset"]),
        .init(
            call: .act("emit x", ["reads": .array(Array(repeating: "a", count: 10_001))]),
            words: ["the arguments name more than 10000 things to claim; make several calls"]),
        .init(call: Call("file_read", []), words: ["do not fit the schema of file_read"]),
        .init(call: Call("file_read", [:]), words: ["do not fit the schema of file_read", "path"]),
        .init(
            call: Call(id: "c", tool: "file_read", arguments: .text("a")),
            words: ["do not fit the schema of file_read", "input"]),
        .init(call: Call("file_read", ["path": "../a"]), words: ["\"../a\" leaves the workspace"]),
        .init(call: Call("file_write", ["path": ".git/hooks/x", "content": ""]), words: ["protected"]),
    ]

    @Test("whatever is wrong with it", arguments: refusals)
    func refused(_ refusal: Refusal) async throws {
        try await withRig(files: ["a": "text"]) { rig in
            let events = EventLog()
            let outcomes = await rig.run([refusal.call, Call("file_read", ["path": "a"])], events)
            #expect(outcomes.map(\.kind) == [.refused, .succeeded])
            #expect(outcomes[0].content.isEmpty)
            for words in refusal.words { #expect(outcomes[0].message.contains(words), "\(outcomes[0].message)") }
            #expect(events.steps(of: 0) == [.ended])
            #expect(events.call(at: 0) != events.call(at: 1))
        }
    }

    @Test("the free text of a custom tool call is the tool's member \"input\"")
    func customCall() async throws {
        try await withRig { rig in
            let text = "emit \"as it\" is"
            let outcomes = await rig.run(Call(id: "c", tool: "custom", arguments: .text(text)))
            #expect(outcomes.map(\.text) == ["\"as it\" is"])
        }
    }
}

@Suite("An operator tightens", .timeLimit(.minutes(20)))
struct TighteningTests {
    private static func settings(_ set: (inout Deployment.ToolSettings) -> Void) -> Deployment.ToolSettings {
        var settings = Deployment.ToolSettings()
        set(&settings)
        return settings
    }

    @Test("an exclusive tool takes the whole workspace, whatever it declares")
    func exclusive() async throws {
        try await withRig(
            files: ["a": ""],
            configured: {
                $0.tools["act_otherwise"] = Self.settings { $0.isExclusive = true }
            }
        ) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("await go", ["reads": ["a"]]))
            turn.ingest(.act("emit x", tool: "act_otherwise"))
            turn.ingest(Call("file_read", ["path": "a"]))
            #expect(events.obstacles(of: 1).map(\.place) == [0])
            #expect(events.obstacles(of: 2).map(\.place) == [1])
            await rig.signal("go")
            #expect(await turn.outcomes().allSatisfy { $0.kind == .succeeded })
        }
    }

    @Test("tools with an additional key in common run one at a time")
    func additionalKeys() async throws {
        try await withRig(configured: {
            $0.tools["act"] = Self.settings { $0.additionalKeys = ["gpu", "desk"] }
            $0.tools["act_otherwise"] = Self.settings { $0.additionalKeys = ["gpu"] }
            $0.tools["look"] = Self.settings { $0.additionalKeys = ["chair"] }
        }) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("await third"))
            turn.ingest(.act("emit x", tool: "act_otherwise"))
            turn.ingest(.act("signal third", tool: "look"))
            #expect(await turn.outcomes().allSatisfy { $0.kind == .succeeded })
            #expect(events.comes(.ended, of: 0, before: .started, of: 1))
            #expect(events.obstacles(of: 1).map(\.resource) == ["operator:gpu"])
        }
    }

    @Test("a tool that is switched off, or left out of its plugin's, is not served")
    func servedTools() async throws {
        try await withRig(configured: {
            $0.tools["act_otherwise"] = Self.settings { $0.isEnabled = false }
            $0.plugins[1].tools = ["file_read", "file_list"]
        }) { rig in
            let names = rig.host.tools.map(\.name)
            #expect(names.contains("act") && !names.contains("act_otherwise"))
            #expect(names.filter { $0.hasPrefix("file_") } == ["file_read", "file_list"])
            #expect(rig.host.problems.isEmpty)
            let outcomes = await rig.run(
                .act("emit x", tool: "act_otherwise"), Call("file_write", ["path": "a", "content": ""]))
            #expect(outcomes.map(\.kind) == [.refused, .refused])
        }
    }
}

@Suite("A deployment that is partly wrong serves the rest, and says what is wrong", .timeLimit(.minutes(20)))
struct DeploymentProblemTests {
    /// The problems of a host whose deployment is changed, which serves file_read all the same.
    private static func problems(_ change: (inout Deployment) throws -> Void) async throws -> [String] {
        var problems: [String] = []
        try await withRig(files: ["a": "text"], configured: { try? change(&$0) }) { rig in
            #expect(await rig.run(Call("file_read", ["path": "a"])).map(\.text) == ["text"])
            problems = rig.host.problems.map(\.description)
        }
        return problems
    }

    @Test("a plugin that is not to be had")
    func missing() async throws {
        let problems = try await Self.problems { $0.plugins.insert(.init(file: "/nowhere/x.so"), at: 0) }
        #expect(
            problems == ["plugin /nowhere/x.so refused: No such file or directory\nhelp: build it, or correct the path"]
        )
    }

    @Test("a plugin that is none, and one whose init fails")
    func refused() async throws {
        let workshop = try Workshop()
        let text = try workshop.write("no library".utf8, named: "text.so")
        let failing = try workshop.buildC(Self.descriptor, Self.tolerant + ["-DPLUGIN=.init=failing_init"])
        let problems = try await Self.problems {
            $0.plugins.insert(contentsOf: [.init(file: text), .init(file: failing)], at: 0)
        }
        #expect(
            problems.map { $0.split(separator: "\n")[0] } == [
                "plugin \(text) refused: it is not an ELF file",
                "plugin \(failing) refused: its init failed (status -2): no such database",
            ])
    }

    @Test("a second plugin with tools of the same names: the first serves")
    func twice() async throws {
        let workshop = try Workshop()
        let copy = workshop.directory + "/copy.so"
        try FileManager.default.copyItem(atPath: Bundled.leases, toPath: copy)
        let problems = try await Self.problems { $0.plugins.append(.init(file: copy, tools: ["lease_take"])) }
        #expect(
            problems.map { $0.split(separator: "\n")[0] } == [
                "\(copy): its tool \"lease_take\" has the name of one of dev.interlock.leases, and is not served"
            ])
    }

    @Test("tools that no plugin has, with the nearest that one has")
    func unknownTools() async throws {
        let problems = try await Self.problems {
            $0.tools["file_raed"] = Deployment.ToolSettings()
            $0.plugins[2].tools = ["lease_takes", "lease_list"]
        }
        #expect(
            problems == [
                "the configuration names the tool \"lease_takes\", which no loaded plugin has\nhelp: the nearest is \"lease_take\"",
                "the configuration names the tool \"file_raed\", which no loaded plugin has\nhelp: the nearest is \"file_read\"",
            ])
    }

    @Test("a tool whose schema cannot be used")
    func badSchema() async throws {
        let workshop = try Workshop()
        let schema = #"-DTOOL=.input_schema=ILK_STR("{\"$ref\":\"https://example.org/x\"}")"#
        let file = try workshop.buildC(Self.descriptor, Self.tolerant + [schema])
        let problems = try await Self.problems { $0.plugins.append(.init(file: file)) }
        #expect(problems.count == 1)
        #expect(
            problems.first?.hasPrefix("\(file): the input schema of \"good\" cannot be used: ") == true, "\(problems)")
    }

    private static let descriptor = Workshop.repository + "/Tests/LoadingTests/Fixtures/descriptor.c"
    private static let tolerant = ["-Wno-override-init", "-Wno-unused-variable", "-Wno-unused-function"]
}

@Test("what is longer than any name is like none, and is not compared")
func longNames() {
    let longest = String(repeating: "x", count: 256)
    #expect(longest.nearest(in: [longest + "y"]) == longest + "y")
    #expect((longest + "x").nearest(in: [longest]) == nil)
    #expect("file_raed".nearest(in: [longest, "file_read", "file_list"]) == "file_read")
}
