import Calls

/// Which granted call gets a slot next. A slot is permission to use a thread; limits count running calls for the host, for
/// each plugin and for each tool. Calls that a limit holds back do not stand in the way of others.
struct Slots {
    struct Lane: Hashable {
        var plugin: String
        var tool: String
    }

    private let limits: Limits
    private var granted: [Lane: [CallNumber]] = [:]
    private var running: [CallNumber: Lane] = [:]
    private var runningPerPlugin: [String: Int] = [:]
    private var runningPerTool: [String: Int] = [:]

    init(_ limits: Limits) {
        self.limits = limits
    }

    var runningCount: Int { running.count }

    mutating func add(_ call: CallNumber, _ lane: Lane) {
        var queue = granted[lane] ?? []
        // Nearly always at the end.
        let place = (queue.lastIndex { $0 < call }).map { $0 + 1 } ?? 0
        queue.insert(call, at: place)
        granted[lane] = queue
    }

    /// Takes back a call that got no slot.
    mutating func remove(_ call: CallNumber, _ lane: Lane) {
        granted[lane]?.removeAll { $0 == call }
        if granted[lane]?.isEmpty ?? false { granted[lane] = nil }
    }

    /// The earliest granted call that fits into the limits, given its slot.
    mutating func next() -> CallNumber? {
        guard running.count < limits.jobs else { return nil }
        var earliest: (call: CallNumber, lane: Lane)?
        for (lane, queue) in granted where queue[0] < earliest?.call ?? CallNumber(.max) && hasRoom(lane) {
            earliest = (queue[0], lane)
        }
        guard let (call, lane) = earliest else { return nil }
        granted[lane]?.removeFirst()
        if granted[lane]?.isEmpty ?? false { granted[lane] = nil }
        running[call] = lane
        runningPerPlugin[lane.plugin, default: 0] += 1
        runningPerTool[lane.tool, default: 0] += 1
        return call
    }

    /// Gives back a running call's slot.
    mutating func free(_ call: CallNumber) {
        guard let lane = running.removeValue(forKey: call) else { return }
        runningPerPlugin[lane.plugin, default: 1] -= 1
        runningPerTool[lane.tool, default: 1] -= 1
    }

    private func hasRoom(_ lane: Lane) -> Bool {
        runningPerPlugin[lane.plugin, default: 0] < limits.perPlugin[lane.plugin] ?? .max
            && runningPerTool[lane.tool, default: 0] < limits.perTool[lane.tool] ?? .max
    }
}

/// How much may run and wait at once, and for how long. Times are nanoseconds.
package struct Limits: Sendable {
    package var jobs: Int
    package var perPlugin: [String: Int]
    package var perTool: [String: Int]
    /// Calls that wait; more are refused.
    package var queue: Int
    package var wait: UInt64
    /// After its time, or a cancel: how long a call may take to return before it is abandoned.
    package var grace: UInt64

    package init(
        jobs: Int = 64, perPlugin: [String: Int] = [:], perTool: [String: Int] = [:], queue: Int = 10_000,
        wait: UInt64 = 600_000_000_000, grace: UInt64 = 5_000_000_000
    ) {
        self.jobs = jobs
        self.perPlugin = perPlugin
        self.perTool = perTool
        self.queue = queue
        self.wait = wait
        self.grace = grace
    }
}
