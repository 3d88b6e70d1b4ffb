import Calls
import Foundation
import Interlock
import StrictJSON
import System
import TestSupport
import Testing

/// The attempts of Examples/misbehaving, all of which succeed without confinement (`SandboxTests` shows it), through real
/// workers of a real host.
@Suite("What a call has not claimed it cannot do in a worker, and the report says what it tried", .serialized)
struct AttemptTests {
    @Test("each attempt is stopped, told of, and leaves no trace", arguments: [true, false])
    func attempts(namespaces: Bool) async throws {
        let scene = try Scene(in: "/var/tmp")
        let before = try scene.look()
        var deployment = Deployment(workspace: scene.workspace)
        deployment.plugins = [.init(file: scene.plugin)]
        deployment.usesNamespaces = namespaces
        let host = try Interlock.Host(deployment) { _, _ in }
        #expect(host.problems.isEmpty && scene.attempts.count == 113)
        for attempt in scene.attempts {
            let call = Call(id: "1", tool: attempt.tool, arguments: scene.arguments)
            let outcome = await host.run(Turn(calls: [call]))[0]
            // Nobody else sees that one.
            if namespaces, attempt.tool == "misbehave_everybodys_tmp", outcome.kind == .succeeded { continue }
            check(outcome, attempt)
        }
        await host.stop()
        #expect(try scene.look() == before)
    }

    @Test("what the operator grants and no tool declares, no call has, and the worker neither")
    func undeclaredGrants() async throws {
        let scene = try Scene()
        var deployment = Deployment(workspace: scene.workspace)
        deployment.plugins = [.init(file: scene.plugin)]
        deployment.plugins[0].grants = [.programs, .network]
        // With the grant for programs it would not serve here.
        deployment.usesNamespaces = false
        let host = try Interlock.Host(deployment) { _, _ in }
        #expect(host.problems.isEmpty, "\(host.problems)")
        for tool in ["misbehave_fork", "misbehave_tcp_connect"] {
            let outcome = await host.run(Turn(calls: [Call(id: "1", tool: tool, arguments: scene.arguments)]))[0]
            #expect(outcome.kind == .violated, "\(outcome)")
        }
        await host.stop()
    }

    private func check(_ outcome: Outcome, _ attempt: Scene.Attempt) {
        #expect(outcome.enforcement == .kernel, "\(attempt.tool): \(outcome)")
        // The constructor has run before there was a call.
        if attempt.told.isEmpty || attempt.tool == "misbehave_constructor" {
            #expect(outcome.kind == .failed || outcome.kind == .violated, "\(attempt.tool): \(outcome)")
        } else {
            #expect(outcome.kind == .violated, "\(attempt.tool): \(outcome)")
            #expect(
                outcome.message.hasPrefix("\(attempt.tool) broke its contract: it tried to \(attempt.told)"),
                "\(attempt.tool): \(outcome.message)")
            #expect(outcome.message.contains("The call claims claimed.txt"), "\(outcome.message)")
        }
        #expect(outcome.content.isEmpty, "\(attempt.tool): \(outcome)")
    }

    /// The command, because a process that changes its user cannot be looked into any more.
    @Test("so it is for an ordinary user", .enabled(if: getuid() == 0, "needs root, to become somebody else"))
    func ordinaryUser() async throws {
        let scene = try Scene(in: "/var/tmp", user: 65534)
        let before = try scene.look()
        let configuration = scene.directory + "/config.yaml"
        try "bundled: false\nlocks: none\nplugins: [{ file: \(scene.plugin) }]\n".write(
            toFile: configuration, atomically: true, encoding: .utf8)
        let lines = scene.attempts.map { attempt in
            JSON.object(JSONObject([("tool", .string(attempt.tool)), ("arguments", scene.arguments)])).text + "\n"
        }
        let answers = try await Self.run(
            ["run", "--format", "jsonl", "--config", configuration, "--workspace", scene.workspace], lines.joined())
        #expect(answers.count == scene.attempts.count)
        for (attempt, answer) in zip(scene.attempts, answers) {
            #expect(answer["enforcement"] == "kernel", "\(answer)")
            if attempt.tool == "misbehave_everybodys_tmp", answer["outcome"] == "succeeded" { continue }
            let isTold = !attempt.told.isEmpty && attempt.tool != "misbehave_constructor"
            #expect(answer["outcome"] == "violated" || !isTold && answer["outcome"] == "failed", "\(answer)")
        }
        #expect(try scene.look() == before)
    }

    /// Where the kernel lacks what a worker stands on: what is not trusted does not run, and what comes with the host says
    /// that nothing is promised.
    @Test("without Landlock no plugin runs but those that come with the host, and these say that they are not confined")
    func withoutLandlock() async throws {
        let scene = try Scene()
        let configuration = scene.directory + "/config.yaml"
        try "locks: none\nplugins: [{ file: \(scene.plugin) }]\n".write(
            toFile: configuration, atomically: true, encoding: .utf8)
        let append = JSONObject([("tool", "misbehave_append"), ("arguments", scene.arguments)])
        let read = #"{"tool": "file_read", "arguments": {"path": "readable.txt"}}"#
        let before = try scene.look()
        let answers = try await Self.run(
            ["run", "--format", "jsonl", "--config", configuration, "--workspace", scene.workspace],
            JSON.object(append).text + "\n" + read + "\n", under: ["--landlock", "0"])
        #expect(answers.map { $0["outcome"] } == ["refused", "succeeded"], "\(answers)")
        #expect(answers.map { $0["enforcement"] } == [nil, "advisory"])
        #expect(answers.first?["message"]?.string?.contains("there is no tool \"misbehave_append\"") == true)
        #expect(try scene.look() == before)
    }

    private static func run(
        _ arguments: [String], _ input: String, under options: [String] = ["--user", "65534"]
    ) async throws -> [JSONObject] {
        let text = try await onThread {
            let command = Process()
            let (stdin, stdout) = (Pipe(), Pipe())
            command.executableURL = URL(fileURLWithPath: Bundled.product("sandbox-driver"))
            command.arguments = ["none", "none"] + options + ["--exec", Bundled.command] + arguments
            command.environment = ["PATH": "/usr/bin:/bin"]
            command.standardError = FileHandle.nullDevice
            command.standardInput = stdin
            command.standardOutput = stdout
            try command.run()
            try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try stdin.fileHandleForWriting.close()
            let text = String(decoding: stdout.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            command.waitUntilExit()
            return text
        }
        return try text.split(separator: "\n").compactMap { try JSONParser.parse(Array($0.utf8)).object }
    }
}
