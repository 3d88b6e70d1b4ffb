import Calls
import Foundation
import Interlock
import System
import TestSupport

/// A host over a workspace of its own, with the bundled plugins and the scripted one.
package final class Rig: Sendable {
    package let host: Interlock.Host
    /// The workspace; and a directory beside it that is a root too.
    package let workspace: String
    package let beside: String
    /// What was said to the operator.
    package var log: [String] { lines.withLock { $0 } }

    private static let plenty: (Duration, Duration, Duration) = (.seconds(3600), .seconds(3600), .seconds(3600))
    private let lines = Guarded([String]())
    /// Has the scripted plugin too, so that a test can signal whatever the host under test is busy with.
    private let prompter: Interlock.Host

    fileprivate init(
        _ directory: String, files: KeyValuePairs<String, String>, _ kernel: Kernel,
        _ configure: (inout Deployment) -> Void
    ) throws {
        workspace = directory + "/workspace"
        beside = directory + "/beside"
        for path in [workspace, beside] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        for (name, text) in files { try Self.write(text, to: workspace + "/" + name) }
        let scripted = directory + "/scripted.so"
        try ScriptedPlugin.copy(to: scripted)

        var deployment = Deployment(workspace: workspace)
        deployment.roots = [.init(name: "beside", path: beside, isWritable: true)]
        deployment.durability = .none
        // Whatever else the machine does meanwhile: only what a test sets itself may be over before it goes on.
        (deployment.limits.time, deployment.limits.wait, deployment.limits.grace) = Self.plenty
        // Its calls meet in the memory of one process.
        deployment.plugins = [.init(file: scripted, isolation: .inProcess)]
        prompter = try Interlock.Host(deployment) { _, _ in }
        guard let isolation = Deployment.IsolationLevel(rawValue: TestedIsolation.name) else {
            preconditionFailure("there is no isolation \"\(TestedIsolation.name)\"")
        }
        deployment.plugins += [Bundled.files, Bundled.leases].map { .init(file: $0, isolation: isolation) }
        configure(&deployment)
        let lines = lines
        host = try Interlock.Host(deployment, kernel: kernel) { _, line in lines.withLock { $0.append(line) } }
    }

    fileprivate func shutDown() {
        host.shutDown()
        prompter.shutDown()
    }

    // MARK: - Turns

    package func run(_ calls: Call...) async -> [Outcome] { await run(calls) }

    package func run(_ calls: [Call], _ events: EventLog? = nil) async -> [Outcome] {
        await host.run(Turn(calls: calls)) { events?.record($0) }
    }

    package func begin(_ events: EventLog) -> RunningTurn {
        host.begin { events.record($0) }
    }

    /// Signals to scripts that await it.
    package func signal(_ names: String...) async {
        let script = names.map { "signal \($0)" }.joined(separator: "; ")
        let outcomes = await prompter.run(Turn(calls: [.act(script)]))
        precondition(outcomes.map(\.kind) == [.succeeded], "\(outcomes)")
    }

    // MARK: - Files

    package func content(_ name: String) -> String? {
        FileManager.default.contents(atPath: workspace + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    package func write(_ text: String, to name: String) throws {
        try Self.write(text, to: workspace + "/" + name)
    }

    package func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: workspace + "/" + name, withDestinationPath: target)
    }

    package func hardLink(_ name: String, to target: String) throws {
        try FileManager.default.linkItem(atPath: workspace + "/" + target, toPath: workspace + "/" + name)
    }

    /// Everything in the workspace, hidden names too, sorted.
    package func names() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: workspace).sorted()
    }

    private static func write(_ text: String, to path: String) throws {
        let file = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
}

/// Runs `body` with a host for itself, which has no open turn when it returns.
package func withRig(
    files: KeyValuePairs<String, String> = [:], kernel: Kernel = Kernel(),
    configured configure: (inout Deployment) -> Void = { _ in }, _ body: (Rig) async throws -> Void
) async throws {
    let temporary = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    let directory = temporary.appendingPathComponent("interlock-rig-\(UUID().uuidString)").path
    defer {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            print("could not remove \(directory): \(error)")
        }
    }
    let rig = try Rig(directory, files: files, kernel, configure)
    defer { rig.shutDown() }
    try await body(rig)
}
