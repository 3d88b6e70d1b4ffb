import Calls
import Foundation
import Interlock
import StrictJSON
import System
import TestSupport

/// A host over a directory of files, with the bench's own tools.
final class HostRig: Sendable {
    let host: Interlock.Host
    let workspace: String

    /// Built once: as a third party builds a plugin.
    private static let workshop = Result { try Workshop(in: Setting.place) }
    private static let tools = Result {
        try workshop.get().buildC(Workshop.repository + "/Tests/Bench/Tools/tools.c", named: "bench-tools.so", ["-O2"])
    }

    static func file(_ number: Int) -> String { "\(number).txt" }

    init(
        _ setting: Setting, files: Int, policy: Policy = .contracts, queue: Int? = nil,
        isolation: Deployment.IsolationLevel = .inProcess
    ) throws {
        workspace = setting.directory + "/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: workspace, withIntermediateDirectories: true)
        // What a checkout has, and no tool may write: each write looks where it is.
        for name in ["hooks", "modules"] {
            try FileManager.default.createDirectory(
                atPath: "\(workspace)/.git/\(name)", withIntermediateDirectories: true)
        }
        try Data().write(to: URL(fileURLWithPath: workspace + "/.git/config"))
        for number in 0..<files { try Data().write(to: URL(fileURLWithPath: "\(workspace)/\(Self.file(number))")) }
        var deployment = Deployment(
            workspace: workspace, plugins: [.init(file: try Self.tools.get(), isolation: isolation)])
        deployment.policy = policy
        if let queue { deployment.limits.queue = queue }
        host = try Interlock.Host(deployment)
        guard host.problems.isEmpty else { throw BenchFailure("\(host.problems)") }
    }

    func shutDown() { host.shutDown() }

    /// Each call's tool, path and nap in milliseconds.
    func turn(_ calls: [(tool: String, path: String, nap: Int)]) -> Turn {
        Turn(
            calls: calls.enumerated().map { place, call in
                Call(
                    id: "\(place)", tool: call.tool,
                    arguments: ["path": .string(call.path), "ms": .string("\(call.nap)")])
            })
    }

    /// Nanoseconds for all of it; every call must succeed.
    func time(_ turn: Turn) async throws -> Double {
        let start = monotonicNow()
        let outcomes = await host.run(turn)
        let time = Double(monotonicNow() - start)
        try Self.check(outcomes)
        return time
    }

    static func check(_ outcomes: [Outcome]) throws {
        if let failed = outcomes.first(where: { $0.kind != .succeeded }) {
            throw BenchFailure("a call did not succeed: \(failed)")
        }
    }
}
