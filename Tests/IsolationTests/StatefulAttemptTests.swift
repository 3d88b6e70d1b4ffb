import Calls
import Foundation
import Interlock
import StrictJSON
import System
import TestSupport
import Testing

@Suite("The code of a plugin with state may do by itself what a call that runs has claimed, and no more")
struct StatefulAttemptTests {
    private let workshop: Workshop
    private let plugin: String
    private var workspace: String { workshop.directory + "/ws" }

    init() throws {
        workshop = try Workshop()
        plugin = try workshop.buildC(Workshop.repository + "/Tests/IsolationTests/Fixtures/stateful.c", ["-pthread"])
        try FileManager.default.createDirectory(atPath: workspace, withIntermediateDirectories: false)
        for name in ["a", "b", "c"] { _ = try workshop.write("old".utf8, named: "ws/\(name)") }
    }

    private func call(_ tool: String, claims claimed: String, writes target: String = "", beside: Bool = false) -> Call
    {
        let arguments = JSONObject([
            ("claimed", .string(claimed)), ("target", .string("\(workspace)/\(target)")),
            ("beside", .string(beside ? "yes" : "")),
        ])
        return Call(id: tool, tool: tool, arguments: .object(arguments))
    }

    private func run(_ calls: Call...) async throws -> (outcomes: [Outcome], log: [String]) {
        var deployment = Deployment(workspace: workspace)
        deployment.plugins = [.init(file: plugin)]
        let log = Guarded([String]())
        let host = try Interlock.Host(deployment) { _, line in log.withLock { $0.append(line) } }
        #expect(host.problems.isEmpty)
        let outcomes = await host.run(Turn(calls: calls))
        await host.stop()
        #expect(outcomes.allSatisfy { $0.enforcement == .kernelPlugin }, "\(outcomes)")
        return (outcomes, log.withLock { $0 })
    }

    private func content(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(workspace)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("what the call itself claims, is done, whoever runs beside it")
    func own() async throws {
        let (alone, _) = try await run(call("append", claims: "a", writes: "a"))
        let (beside, _) = try await run(
            call("hold", claims: "b"), call("append", claims: "a", writes: "a", beside: true))
        #expect((alone + beside).allSatisfy { $0.kind == .succeeded }, "\(alone), \(beside)")
        #expect(content("a") == "old++")
    }

    @Test("what the only call that runs does not claim, is its violation")
    func alone() async throws {
        let (outcomes, _) = try await run(call("append", claims: "a", writes: "b"))
        #expect(outcomes[0].kind == .violated && content("b") == "old", "\(outcomes)")
        #expect(outcomes[0].message.hasPrefix("append broke its contract: it tried to write, b"), "\(outcomes)")
    }

    @Test("what a call beside it claims, is done: nobody can tell them apart")
    func anothers() async throws {
        let (outcomes, _) = try await run(
            call("hold", claims: "a"), call("append", claims: "b", writes: "a", beside: true))
        #expect(outcomes.map(\.kind) == [.succeeded, .succeeded] && content("a") == "old+", "\(outcomes)")
    }

    @Test("what none of several calls claims, is refused; the operator is told, and no call is blamed")
    func nobodys() async throws {
        let (outcomes, log) = try await run(
            call("hold", claims: "a"), call("append", claims: "b", writes: "c", beside: true))
        #expect(outcomes.map(\.kind) == [.succeeded, .failed] && content("c") == "old", "\(outcomes)")
        #expect(log.contains { $0.contains("outside of any call, to write: \(workspace)/c") }, "\(log)")
    }
}
