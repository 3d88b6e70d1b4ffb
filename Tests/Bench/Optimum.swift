/// The shortest time in which some calls can be done, each after those that it has to wait for, on so many machines: found by
/// trying every order, and giving up on one as soon as it cannot be the best.
///
/// An order is played by starting each call as soon as its predecessors are done and a machine is free. The order in which
/// the best schedule starts its calls, played so, ends no later than that schedule: so some order is the best.
struct Optimum {
    private let earlier: [[Int]]
    private let times: [Int]
    /// From a call's start to the end of the longest chain that begins with it.
    private let tails: [Int]
    private var ends: [Int?]
    private var best = Int.max

    static func makespan(earlier: [[Int]], times: [Int], machines: Int) -> Int {
        var search = Optimum(earlier: earlier, times: times)
        search.extend(Array(repeating: 0, count: machines), 0)
        return search.best
    }

    private init(earlier: [[Int]], times: [Int]) {
        self.earlier = earlier
        self.times = times
        var tails = times
        for place in times.indices.reversed() {
            for other in earlier[place] { tails[other] = max(tails[other], times[other] + tails[place]) }
        }
        self.tails = tails
        ends = Array(repeating: nil, count: times.count)
    }

    /// `free`: when each machine is. `end`: of what has been placed.
    private mutating func extend(_ free: [Int], _ end: Int) {
        guard let soonest = free.min() else { return }
        var isDone = true
        for call in times.indices where ends[call] == nil {
            isDone = false
            let predecessors = earlier[call].map { ends[$0] }
            guard !predecessors.contains(nil) else { continue }
            let start = max(soonest, predecessors.compactMap { $0 }.max() ?? 0)
            guard max(end, start + tails[call]) < best else { continue }
            var free = free
            free[free.firstIndex(of: soonest) ?? 0] = start + times[call]
            ends[call] = start + times[call]
            extend(free, max(end, start + times[call]))
            ends[call] = nil
        }
        if isDone { best = min(best, end) }
    }
}
