import Floors
import Foundation
import TestSupport

/// Other runners on the same workloads: Peers/peers.py, in the environment that scripts/peers makes.
enum Peers {
    /// A runner that is not here has no figures.
    struct Missing: Error, CustomStringConvertible {
        var description: String
    }

    static var rows: [Row] { names.flatMap(rows) }

    private static let names = ["langgraph", "openai-agents", "pydantic-ai", "strands"]
    private static let python = Workshop.repository + "/.build/peers/bin/python3"
    private static let script = Workshop.repository + "/Tests/Bench/Peers/peers.py"

    private static func rows(_ peer: String) -> [Row] {
        func row(
            _ column: String, _ subject: String, _ reference: String, _ unit: Row.Unit,
            _ measure: @escaping @Sendable (Setting) async throws -> [Round]
        ) -> Row {
            Row(
                name: "peer-\(peer)-\(column)", section: .peers, subject: "\(peer): \(subject)", reference: reference,
                unit: unit, goal: nil, measure: measure)
        }
        let lost = ["lost-sync", "lost-async"].map { column in
            row(
                column, "100 edits of one file, the tool a \(column == "lost-sync" ? "function" : "coroutine")", "none",
                .count("lost")
            ) {
                setting in
                [Round(subject: try figure(peer, column, setting), reference: 0)]
            }
        }
        return lost + [
            row("edits", "100 edits of 10 ms over 10 files, not durable", Edits.chainWords, .times) { setting in
                try await Round.interleave(setting.rounds(3), warms: false) {
                    try figure(peer, "edits", setting)
                } reference: {
                    let rig = try HostRig(setting, files: 10)
                    defer { rig.shutDown() }
                    return Edits.chains(in: rig.workspace)
                }
            },
            row(
                "reads", "32 reads of 10 ms, each behind one of 32 edits of another file", "the same reads alone",
                .times
            ) {
                setting in
                try await Round.interleave(setting.rounds(3), warms: false) {
                    try figure(peer, "reads", setting)
                } reference: {
                    try figure(peer, "reads-alone", setting)
                }
            },
            row(
                "call", "500 more trivial calls in a turn", "as many empty jobs in a pool of 64 threads, in C",
                .microsecondsEach
            ) { setting in
                let pool = floor_pool_open(64)
                defer { floor_pool_close(pool) }
                return try await Round.interleave(setting.rounds(3), calls: 500, warms: false) {
                    try figure(peer, "call-501", setting) - figure(peer, "call-1", setting)
                } reference: {
                    Double(floor_pool_run(pool, 500))
                }
            },
        ]
    }

    private struct Answer: Decodable {
        var version: String?
        var figure: Double?
        var missing: String?
    }

    private static func figure(_ peer: String, _ column: String, _ setting: Setting) throws -> Double {
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Missing(description: "not installed: scripts/peers does it")
        }
        let directory = "\(setting.directory)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script, peer, column, directory]
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Missing(description: "it failed: see above") }
        let answer = try JSONDecoder().decode(Answer.self, from: bytes)
        guard let figure = answer.figure else { throw Missing(description: answer.missing ?? "no figure") }
        return figure
    }
}
