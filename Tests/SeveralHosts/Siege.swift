import Foundation
import System
import TestSupport

/// Hosts that never leave a gap between their edits, and one whose calls need the whole workspace.
package struct Siege: Sendable {
    package var hammers = 3
    package var wholes = 5
    /// Edits that each hammer has under way at once.
    package var depth = 6

    package init() {}

    package struct Result: Sendable {
        package var edits = 0
        package var complaints: [String] = []
        /// How long each call for everything waited, in nanoseconds.
        package var waits: [Int] = []

        package var words: String {
            "\(waits.count) calls for everything among \(edits) edits: worst wait \((waits.max() ?? 0) / 1_000_000) ms"
        }
    }

    private static let files = 5

    package func run() async throws -> Result {
        let place = try Playground()
        let isOver = CancelSignal()
        let working = (0..<hammers).map { number in
            Task { try await onThread { try hammer(number, place, until: isOver) } }
        }
        let whole = await Task { try await onThread { try takeAll(place) } }.result
        isOver.raise()
        var result = Result()
        for task in working {
            let (count, complaints) = try await task.value
            result.edits += count
            result.complaints += complaints
        }
        result.waits = try whole.get()
        if result.waits.count != wholes { result.complaints.append("\(result.waits.count) of \(wholes) were let in") }
        let lines = (0..<Self.files).reduce(0) { $0 + place.lines("work/f\($1)").count }
        if lines != result.edits { result.complaints.append("\(lines) lines of \(result.edits) edits") }
        return result
    }

    private func hammer(_ number: Int, _ place: Playground, until isOver: CancelSignal) throws -> (Int, [String]) {
        let host = try HostProcess(place, workspace: "work")
        var count = 0
        while !isOver.isRaised {
            host.waitForRoom(depth)
            host.send(
                "h\(number).\(count)", "journal_add", ["path": .string("f\(count % Self.files)"), "line": "x"])
            count += 1
        }
        host.finish()
        return (count, host.progress.filter { $0.value.outcome != "succeeded" }.map { "\($0.key): \($0.value.text)" })
    }

    private func takeAll(_ place: Playground) throws -> [Int] {
        let host = try HostProcess(place, workspace: "work")
        for number in 0..<wholes {
            host.send("all\(number)", "journal_all", ["path": "all", "line": "y"])
            host.wait(for: "all\(number)")
        }
        host.finish()
        return host.progress.values.compactMap { call in
            guard call.outcome == "succeeded", let started = call.started, let ingested = call.ingested else {
                return nil
            }
            return started - ingested
        }
    }
}
