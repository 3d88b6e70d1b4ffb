import Foundation
import TestSupport

/// Several hosts at work in one scene at once, and what came of it.
package struct Episode: Sendable {
    package var scene: Scene
    package var workers = 3
    package var rounds = 3
    package var calls = 12
    package var mayKill = true
    /// Whether there is a lock file.
    package var locks = true

    package init(_ scene: Scene) { self.scene = scene }

    package struct Result: Sendable {
        package var statistics: History.Statistics
        package var complaints: [String]
    }

    package func run() async throws -> Result {
        let place = try scene.prepare(files: Worker.files)
        let history = try await withThrowingTaskGroup(of: History.self) { group in
            for number in 0..<workers {
                let worker = Worker(
                    name: "w\(number)", scene: scene, side: number % 2, place: place,
                    config: locks ? "config.yaml" : "alone.yaml")
                group.addTask {
                    try await onThread { try worker.work(rounds: rounds, calls: calls, mayKill: mayKill) }
                }
            }
            var history = History()
            for try await part in group { history.add(part) }
            return history
        }
        let left = locks ? try await onThread { try leftovers(place) } : []
        return Result(statistics: history.statistics, complaints: history.complaints(place) + left)
    }

    /// What is left when all hosts are gone: the next one must find nothing locked, and removes what the killed ones left.
    private func leftovers(_ place: Playground) throws -> [String] {
        var complaints: [String] = []
        for workspace in Set(scene.workspaces) {
            let host = try HostProcess(place, workspace: workspace)
            host.send("all", "journal_all", ["path": "all", "line": "last"])
            host.wait(for: "all")
            let call = host.progress["all"]
            if call?.outcome != "succeeded" { complaints.append("the last call: \(call?.text ?? host.errorText)") }
            if call?.holders.isEmpty != true { complaints.append("a lock was left: \(call?.holders ?? [])") }
            var patience = 5_000
            while try !temporaryFiles(place, workspace).isEmpty, patience > 0 {
                usleep(2_000)
                patience -= 1
            }
            complaints += try temporaryFiles(place, workspace).map { "\($0) was left" }
            host.finish()
        }
        return complaints + (try place.names("state/locks.hosts")).map { "the record \($0) was left" }
    }

    private func temporaryFiles(_ place: Playground, _ directory: String) throws -> [String] {
        try place.names(directory).filter { $0.hasPrefix(".interlock-") }
    }
}
