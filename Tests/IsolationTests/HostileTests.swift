import Calls
import Foundation
import Interlock
import StrictJSON
import System
import TestSupport
import Testing

/// The plugin of Examples/hostile: its init never returns, it answers the host in the worker's place, and makes processes for
/// calls that have no layer of their own.
@Suite("A plugin that plays the worker's part changes nothing that no call claimed", .serialized)
struct HostileTests {
    struct Trick: Sendable, CustomTestStringConvertible {
        var name: String
        var namespaces: Bool
        var testDescription: String { "\(name)\(namespaces ? "" : ", without namespaces")" }

        static let all = [
            "race", "race_reading", "race_unasked", "race_library", "race_mode", "swap", "home", "git", "worker",
            "late", "forge",
        ].flatMap { name in [true, false].map { Trick(name: name, namespaces: $0) } }
    }

    @Test("and what it attempts is told", arguments: Trick.all)
    func trick(_ trick: Trick) async throws {
        let playground = try HostilePlayground()
        let before = try playground.look()
        let log = Guarded([String]())
        let host = try playground.host(trick.name, namespaces: trick.namespaces) { line in
            log.withLock { $0.append(line) }
        }
        let outcome = await host.run(Turn(calls: [playground.call]))[0]
        if trick.name == "late" { await wait { log.withLock { $0.contains { $0.contains("late: got") } } } }
        await host.stop()
        #expect(try playground.look() == before)
        let lines = log.withLock { $0 }
        #expect(!outcome.text.contains("got") || outcome.text == "got 0", "\(outcome) \(lines)")
        switch trick.name {
        case "late":
            // The call itself did what it claimed; but what the worker tried beside it may be held against it.
            #expect(outcome.kind == .succeeded || outcome.kind == .violated, "\(outcome) \(lines)")
            #expect(playground.claimed == "callent")
            #expect(lines.contains { $0.contains("late: got 0") }, "\(lines)")
            #expect(lines.contains { $0.contains("outside of any call, to write") }, "\(lines)")
        // What the kernel refuses by itself, when the path has changed after the look, is not told.
        case "race_unasked", "race_library", "swap": #expect(outcome.text == "got 0", "\(outcome) \(lines)")
        case "home": #expect(outcome.kind == .violated && outcome.text == "got 0", "\(outcome) \(lines)")
        case "forge": #expect(outcome.kind == .crashed || outcome.kind == .refused, "\(outcome) \(lines)")
        default: #expect(outcome.kind == .violated, "\(outcome) \(lines)")
        }
        if trick.name != "late" { #expect(playground.claimed == "content") }
    }

    private func wait(for condition: () -> Bool) async {
        for _ in 0..<2000 where !condition() { try? await Task.sleep(for: .milliseconds(10)) }
    }
}

/// A workspace with one file to claim, one that nobody claims, and git's; beside it the plugin. Removed with the object.
private final class HostilePlayground {
    private let workshop: Workshop
    private var directory: String { workshop.directory }
    private var workspace: String { directory + "/ws" }

    init() throws {
        workshop = try Workshop()
        let files = FileManager.default
        try files.createDirectory(atPath: workspace + "/.git/hooks", withIntermediateDirectories: true)
        try files.createDirectory(atPath: directory + "/plugins", withIntermediateDirectories: true)
        for name in ["1.txt", "2.txt", ".git/config"] {
            try Data("content".utf8).write(to: URL(fileURLWithPath: "\(workspace)/\(name)"))
        }
        _ = try workshop.buildC(
            Workshop.repository + "/Examples/hostile/hostile.c", named: "plugins/hostile.so",
            [
                "-O1", "-I", Workshop.repository + "/Sources/CWorker/include", "-pthread",
                Workshop.repository + "/Examples/hostile/tricks.c",
            ], sanitized: false)
    }

    var call: Call {
        let arguments = JSONObject([
            ("claimed", .string(workspace + "/1.txt")), ("secret", .string(workspace + "/2.txt")),
            ("git", .string(workspace + "/.git")),
        ])
        return Call(id: "1", tool: "hostile", arguments: .object(arguments))
    }

    func host(
        _ trick: String, namespaces: Bool, log: @escaping @Sendable (String) -> Void
    ) throws -> Interlock.Host {
        var deployment = Deployment(workspace: workspace)
        deployment.plugins = [.init(file: directory + "/plugins/hostile.so")]
        deployment.plugins[0].configuration = .object(JSONObject([("trick", .string(trick))]))
        deployment.usesNamespaces = namespaces
        let host = try Interlock.Host(deployment) { _, line in log(line) }
        #expect(host.problems.isEmpty || trick == "forge", "\(host.problems)")
        return host
    }

    var claimed: String? {
        FileManager.default.contents(atPath: workspace + "/1.txt").map { String(decoding: $0, as: UTF8.self) }
    }

    /// Everything but the content of what is claimed.
    func look() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: workspace).sorted().map { name in
            let path = "\(workspace)/\(name)"
            let status = try FileManager.default.attributesOfItem(atPath: path)
            let content = name == "1.txt" ? nil : FileManager.default.contents(atPath: path)
            return
                "\(name) \(status[.posixPermissions] ?? 0) \(content.map { String(decoding: $0, as: UTF8.self) } ?? "")"
        }
    }
}

extension Outcome {
    fileprivate var text: String {
        content.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
}
