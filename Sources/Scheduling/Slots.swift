import Calls

/// Which granted call gets a slot next. A slot is permission to use a thread; limits count running calls for the host, for
/// each plugin and for each tool. Calls that a limit holds back do not stand in the way of others.
struct Slots {
    struct Lane: Hashable {
        var plugin: String
        var tool: String
    }

    /// A lane's place among those that there have been: as many as there are tools.
    typealias LaneNumber = Int

    /// How many calls run of what may run at once.
    private struct Count {
        var most: Int
        var running = 0

        var hasRoom: Bool { running < most }
    }

    private struct Queue {
        /// Places among the counts.
        var plugin: Int
        var tool: Int
        /// In their order; those before `first` are gone.
        var calls: [CallNumber] = []
        var first = 0

        var next: CallNumber? { first < calls.count ? calls[first] : nil }

        mutating func removeFirst() {
            first += 1
            // As many moved as were taken since the last time.
            if first * 2 >= calls.count {
                calls.removeFirst(first)
                first = 0
            }
        }
    }

    private let limits: Limits
    private var lanes: [Lane: LaneNumber] = [:]
    private var queues: [Queue] = []
    private var counts: [Count] = []
    private var plugins: [String: Int] = [:]
    private var tools: [String: Int] = [:]
    private var running: [CallNumber: LaneNumber] = [:]

    init(_ limits: Limits) {
        self.limits = limits
    }

    var runningCount: Int { running.count }

    mutating func number(of lane: Lane) -> LaneNumber {
        if let number = lanes[lane] { return number }
        func place(_ name: String, _ places: inout [String: Int], _ limits: [String: Int]) -> Int {
            if let place = places[name] { return place }
            counts.append(Count(most: limits[name] ?? .max))
            places[name] = counts.count - 1
            return counts.count - 1
        }
        queues.append(
            Queue(
                plugin: place(lane.plugin, &plugins, limits.perPlugin),
                tool: place(lane.tool, &tools, limits.perTool)))
        lanes[lane] = queues.count - 1
        return queues.count - 1
    }

    mutating func add(_ call: CallNumber, _ lane: LaneNumber) {
        // Nearly always at the end.
        let calls = queues[lane].calls[queues[lane].first...]
        let place = (calls.lastIndex { $0 < call }).map { $0 + 1 } ?? calls.startIndex
        queues[lane].calls.insert(call, at: place)
    }

    /// Takes back a call that got no slot.
    mutating func remove(_ call: CallNumber, _ lane: LaneNumber) {
        let calls = queues[lane].calls[queues[lane].first...]
        if let place = calls.lastIndex(of: call) { queues[lane].calls.remove(at: place) }
    }

    /// The earliest granted call that fits into the limits, given its slot.
    mutating func next() -> CallNumber? {
        guard running.count < limits.jobs else { return nil }
        var earliest: (call: CallNumber, lane: LaneNumber)?
        for lane in queues.indices {
            guard let call = queues[lane].next, call < earliest?.call ?? CallNumber(.max), hasRoom(lane) else {
                continue
            }
            earliest = (call, lane)
        }
        guard let (call, lane) = earliest else { return nil }
        queues[lane].removeFirst()
        running[call] = lane
        count(+1, lane)
        return call
    }

    /// Gives back a running call's slot.
    mutating func free(_ call: CallNumber) {
        if let lane = running.removeValue(forKey: call) { count(-1, lane) }
    }

    private mutating func count(_ change: Int, _ lane: LaneNumber) {
        counts[queues[lane].plugin].running += change
        counts[queues[lane].tool].running += change
    }

    private func hasRoom(_ lane: LaneNumber) -> Bool {
        counts[queues[lane].plugin].hasRoom && counts[queues[lane].tool].hasRoom
    }
}
