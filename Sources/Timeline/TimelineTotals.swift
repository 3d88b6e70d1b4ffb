import Calls

/// The sums of a turn: what running its calls side by side has won.
package struct TimelineTotals: Sendable, Equatable {
    /// Nanoseconds from the first ingest to the last event.
    package var makespan: UInt64 = 0
    /// Nanoseconds of all runs together. Calls that run beside others take longer than alone, so this is no forecast.
    package var running: UInt64 = 0
    /// Nanoseconds of the longest chain of calls of which each waited for the end of the one before it: no order of this turn
    /// is faster. Such calls never ran at the same time, so this is at most the makespan.
    package var longestChain: UInt64 = 0
    /// The places of the calls in that chain, in their order.
    package var chain: [Int] = []
    package var calls = 0
    /// How many could not start at once because of earlier calls, or of other processes.
    package var waited = 0

    package init(_ timeline: Timeline) {
        calls = timeline.rows.count
        guard let origin = timeline.rows.map(\.ingested).min() else { return }
        makespan = timeline.latest - origin
        running = timeline.rows.reduce(0) { $0 + $1.runTime(now: timeline.latest) }
        waited = timeline.rows.count { !$0.obstacles.isEmpty || !$0.blockades.isEmpty }
        findChain(timeline)
    }

    /// Edges run only from earlier to later calls, so one pass in the turn's order finds the longest path. A call that was
    /// in the way at first, and by whose side it ran after all (one of them was narrowed, or the other gave back a claim
    /// early), is no edge.
    private mutating func findChain(_ timeline: Timeline) {
        var lengths: [Int: UInt64] = [:]
        var before: [Int: Int] = [:]
        var last: Int?
        for row in timeline.rows {
            let earlier = row.obstacles.compactMap { timeline.row(of: $0.call) }.filter { $0.wasWaitedFor(by: row) }
            let longest = earlier.map(\.place).max { (lengths[$0] ?? 0, $1) < (lengths[$1] ?? 0, $0) }
            before[row.place] = longest
            let length = (longest.flatMap { lengths[$0] } ?? 0) + row.runTime(now: timeline.latest)
            lengths[row.place] = length
            if length > longestChain {
                longestChain = length
                last = row.place
            }
        }
        while let place = last {
            chain.insert(place, at: 0)
            last = before[place]
        }
    }
}

extension Timeline.Row {
    fileprivate func wasWaitedFor(by later: Timeline.Row) -> Bool {
        guard place < later.place, let ended else { return false }
        return later.started.map { ended <= $0 } ?? true
    }
}
