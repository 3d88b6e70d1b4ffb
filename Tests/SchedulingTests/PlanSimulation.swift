import Calls
import Guards
import Locking
import TestSupport

@testable import Scheduling

/// A plan under random events of every kind, with a clock of its own, and an observer who checks it after each.
struct PlanSimulation {
    private enum Status: Equatable {
        case waiting, locking, blocked, running, stopped, abandoned, gone
    }

    private struct Seen {
        var claim: SmallClaim
        var lane: Slots.Lane
        var status = Status.waiting
        var submitted: UInt64
        var started: UInt64?
        var time: UInt64?
        var stopped: UInt64?
        var canBeKilled: Bool
        var isKilled = false
        var isCancelled = false
        var hasReleasedPath = false
        /// The epoch in which the look began that is under way.
        var looking: UInt64?
        /// What it registered, and with it gave its units to.
        var thing: Reservations.Thing?

        var isHere: Bool { status != .gone }
        var hasSlot: Bool { status == .running || status == .stopped || status == .locking }
        var runs: Bool { status == .running || status == .stopped }
        var waits: Bool { status == .waiting || status == .locking || status == .blocked }

        func conflicts(with other: Seen) -> Bool {
            guard hasReleasedPath else { return claim.conflicts(with: other.claim) }
            // What is left is a key beside the path.
            var rest = claim
            rest.reads &= ~SmallResources.everything
            rest.writes &= ~SmallResources.everything
            rest.makes = 0
            return rest.conflicts(with: other.claim)
        }
    }

    private static let pool = 3

    private let limits: Limits
    private(set) var plan: Plan
    private var generator: SeededGenerator
    private var calls: [Seen] = []
    private var now: UInt64 = 1_000
    private var things: [Reservations.Thing: Int] = [:]
    private var complaint: String?
    private(set) var starts = 0
    private(set) var abandoned = 0
    private(set) var killed = 0
    private(set) var largestHeap = 0

    init(seed: UInt64, guards: RaceGuards = .all) {
        generator = SeededGenerator(spreading: seed)
        // Every other seed has other processes; for them there is a time to wait.
        let hasOthers = seed.isMultiple(of: 2)
        limits = Limits(
            jobs: 1 + generator.below(5), perPlugin: ["p0": 1 + generator.below(3)],
            perTool: ["t0": 1 + generator.below(2)], queue: 12,
            wait: hasOthers ? 20 * Blockades.longestDelay : 1_000, grace: 50)
        plan = Plan(limits: limits, pools: ["pool": Self.pool], locksProcesses: hasOthers, guards: guards)
    }

    /// The first thing that is wrong; nil = nothing.
    mutating func run(steps: Int) -> String? {
        for step in 0..<steps {
            event()
            if let wrong = complaint ?? check() { return "step \(step): \(wrong)" }
        }
        return drain()
    }

    // MARK: - Events

    private mutating func event() {
        switch generator.below(20) {
        case 0..<5: submit()
        case 5, 6: if plan.locksProcesses { answerLock(isFree: !generator.once(in: 3)) } else { submit() }
        case 7..<12: finish()
        case 12..<14: look()
        case 14: cancel()
        case 15: release()
        case 16: enroll()
        case 17: unenroll()
        case 18 where plan.locksProcesses: answerLock(isFree: !generator.once(in: 3))
        default: wait()
        }
    }

    private mutating func submit() {
        let claim = generator.pick(SmallResources.manyClaims)
        let call = Seen(
            claim: claim, lane: Slots.Lane(plugin: "p\(generator.below(2))", tool: "t\(generator.below(3))"),
            submitted: now, time: generator.once(in: 3) ? UInt64(20 + generator.below(100)) : nil,
            canBeKilled: generator.once(in: 2))
        let isFull = calls.count { $0.waits } >= limits.queue
        calls.append(call)
        let submission = Plan.Submission(
            call: number(calls.count - 1), tool: call.lane.tool, plugin: call.lane.plugin, demands: claim.demands,
            time: call.time, canBeKilled: call.canBeKilled)
        // Now and then the look is out of date.
        let epoch = generator.once(in: 5) ? plan.epoch &- 1 : plan.epoch
        perform(plan.submit(submission, Plan.Look(walks: claim.walks, epoch: epoch), now: now))
        if isFull, calls[calls.count - 1].isHere { complaint = "more wait than may" }
    }

    private mutating func finish(_ choice: Int? = nil) {
        let here = calls.indices.filter { calls[$0].isHere && !calls[$0].waits }
        guard let call = choice ?? (here.isEmpty ? nil : generator.pick(here)) else { return }
        calls[call].status = .gone
        perform(plan.finished(number(call), now: now))
    }

    private mutating func look() {
        let looking = calls.indices.filter { calls[$0].looking != nil }
        guard !looking.isEmpty else { return }
        let call = generator.pick(looking)
        let look = Plan.Look(walks: calls[call].claim.walks, epoch: calls[call].looking ?? 0)
        calls[call].looking = nil
        perform(plan.looked(number(call), look, now: now))
    }

    private mutating func answerLock(isFree: Bool) {
        let locking = calls.indices.filter { calls[$0].status == .locking }
        guard !locking.isEmpty else { return }
        let call = generator.pick(locking)
        let look = Plan.Look(walks: calls[call].claim.walks, epoch: plan.epoch)
        if !isFree {
            calls[call].status = .blocked
            let blockade = Blockade(resource: "", mode: .shared, holder: nil)
            let place = UInt64(generator.below(3))
            return perform(plan.blocked(number(call), by: blockade, at: place, since: now / 3, now: now))
        }
        perform(plan.locked(number(call), look, now: now))
    }

    private mutating func cancel() {
        let here = calls.indices.filter { calls[$0].isHere }
        guard !here.isEmpty else { return }
        let call = generator.pick(here)
        calls[call].isCancelled = true
        let waited = calls[call].waits
        perform(plan.cancel(number(call), why: "nobody wants it", now: now))
        if waited, calls[call].isHere { complaint = "\(call) was cancelled while it waited, and is still here" }
    }

    private mutating func release() {
        let running = calls.indices.filter { calls[$0].runs && calls[$0].claim.path?.path != nil }
        guard !running.isEmpty else { return }
        let call = generator.pick(running)
        calls[call].hasReleasedPath = true
        perform(plan.release(0, of: number(call), now: now))
    }

    private mutating func enroll() {
        let running = calls.indices.filter { calls[$0].runs && calls[$0].claim.units > 0 && calls[$0].thing == nil }
        guard !running.isEmpty else { return }
        let call = generator.pick(running)
        let thing = Reservations.Thing(kind: "agent", name: "\(call)")
        calls[call].thing = thing
        things[thing] = calls[call].claim.units
        let number = number(call)
        perform(plan.reservationsChanged({ $0.enroll(thing, label: "agent", of: number) }, now: now).actions)
    }

    private mutating func unenroll() {
        guard !things.isEmpty else { return }
        let thing = generator.pick(things.keys.sorted { $0.name < $1.name })
        things[thing] = nil
        perform(plan.reservationsChanged({ $0.unenroll(thing) }, now: now).actions)
    }

    private mutating func wait() {
        let next = plan.nextDeadline ?? now
        now = generator.once(in: 2) ? max(now, next) : now + UInt64(generator.below(40))
        perform(plan.tick(now: now))
        for (call, seen) in calls.enumerated() {
            if seen.waits, now >= seen.submitted + limits.wait { complaint = "\(call) waits beyond the limit" }
            if seen.status == .running, let started = seen.started, let time = seen.time, now >= started + time {
                complaint = "\(call) runs beyond its time"
            }
            if seen.status == .stopped, !seen.isKilled, let stopped = seen.stopped, now >= stopped + limits.grace {
                complaint = "\(call) neither stops nor is ended"
            }
        }
    }

    private mutating func perform(_ actions: [Plan.Action]) {
        for action in actions {
            switch action {
            case .look(let call):
                if calls[index(call)].looking != nil { complaint = "\(call) is to look twice" }
                calls[index(call)].looking = plan.epoch
            case .lock(let call, _, _):
                if !calls[index(call)].waits { complaint = "\(call) is locked, and is \(calls[index(call)].status)" }
                calls[index(call)].status = .locking
            case .start(let grant): start(index(grant.call))
            case .settle(let call, let outcome): settle(index(call), outcome)
            case .signal(let call): signal(index(call))
            case .kill(let call): kill(index(call))
            case .abandon(let call, _):
                if calls[index(call)].canBeKilled { complaint = "\(call) is given up, and could be killed" }
                if calls[index(call)].status != .stopped { complaint = "\(call) is given up, and was not stopped" }
                calls[index(call)].status = .abandoned
                abandoned += 1
            case .note: break
            }
        }
    }

    /// It keeps its claims until it has finished.
    private mutating func kill(_ call: Int) {
        if calls[call].status != .stopped || calls[call].isKilled || !calls[call].canBeKilled {
            complaint = "\(call) is killed without a reason"
        }
        calls[call].isKilled = true
        killed += 1
    }

    private mutating func start(_ call: Int) {
        if !calls[call].waits { complaint = "\(call) starts, and is \(calls[call].status)" }
        if calls[call].isCancelled { complaint = "\(call) starts after it was cancelled" }
        if let earlier = inTheWay(of: call).first { complaint = "\(call) starts before \(earlier)" }
        calls[call].status = .running
        calls[call].started = now
        starts += 1
    }

    private mutating func settle(_ call: Int, _ outcome: Outcome) {
        if !calls[call].waits { complaint = "\(call) is settled, and is \(calls[call].status)" }
        if outcome.started { complaint = "\(call) is settled as \(outcome.kind), and never started" }
        calls[call].status = .gone
        calls[call].looking = nil
    }

    /// Only who was cancelled, or has run for its time since it started, is asked to stop.
    private mutating func signal(_ call: Int) {
        let isUp = calls[call].time.map { now >= (calls[call].started ?? now) + $0 } ?? false
        if calls[call].status != .running || !calls[call].isCancelled && !isUp {
            complaint = "\(call) is stopped without a reason"
        }
        calls[call].stopped = now
        calls[call].status = .stopped
    }

    private func number(_ call: Int) -> CallNumber { CallNumber(UInt64(call + 1)) }
    private func index(_ call: CallNumber) -> Int { Int(call.rawValue) - 1 }
}

// MARK: - What must hold

extension PlanSimulation {
    private func inTheWay(of call: Int) -> [Int] {
        calls.indices.prefix(call).filter { calls[$0].isHere && calls[$0].conflicts(with: calls[call]) }
    }

    private mutating func check() -> String? {
        largestHeap = max(largestHeap, plan.deadlines.count)
        let slots = calls.count { $0.hasSlot }
        if slots > limits.jobs { return "\(slots) run" }
        for (plugin, most) in limits.perPlugin {
            let count = calls.count { $0.hasSlot && $0.lane.plugin == plugin }
            if count > most { return "\(count) of \(plugin) run" }
        }
        for (tool, most) in limits.perTool {
            let count = calls.count { $0.hasSlot && $0.lane.tool == tool }
            if count > most { return "\(count) of \(tool) run" }
        }
        if unitsHeld(by: calls.indices) > Self.pool { return "more units are held than there are" }
        if plan.waitingCount != calls.count(where: { $0.waits }) { return "counts \(plan.waitingCount) that wait" }
        if !plan.affected.isEmpty { return "forgets calls that were affected" }
        for call in calls.indices where calls[call].waits {
            if let wrong = checkWaiting(call) { return "\(call) (\(calls[call].claim.name)) \(wrong)" }
        }
        return plan.table.checkInvariants()
    }

    /// Units that running calls, or things, have.
    private func unitsHeld(by range: Range<Int>) -> Int {
        let holders = range.filter { !calls[$0].waits && calls[$0].isHere && calls[$0].thing == nil }
        return holders.reduce(things.values.reduce(0, +)) { $0 + calls[$1].claim.units }
    }

    private func isProvisional(_ call: Int) -> Bool { plan.entries[number(call)]?.isProvisional ?? false }

    /// Nobody waits for nothing.
    private func checkWaiting(_ call: Int) -> String? {
        if calls[call].status == .locking { return nil }
        if calls[call].status == .blocked { return checkBlocked(call) }
        guard let entry = plan.entries[number(call)] else { return "waits, and the plan does not know" }
        if case .provisional(let until) = entry.certainty, calls[call].looking == nil {
            guard plan.entries[until] != nil, plan.watchers[until]?.contains(number(call)) ?? false else {
                return "is provisional, and nobody will tell it to look"
            }
        }
        if entry.certainty == .stale, calls[call].looking == nil { return "is stale, and does not look" }
        if entry.isProvisional { return nil }
        let wide = calls.indices.prefix(call).contains { calls[$0].isHere && isProvisional($0) }
        let others = inTheWay(of: call)
        if others.contains(where: { calls[$0].status == .abandoned }) { return "waits for an abandoned call" }
        guard others.isEmpty, !wide, !waitsForUnits(call) else { return nil }
        let lane = calls[call].lane
        let running = calls.filter { $0.hasSlot }
        let hasRoom =
            running.count < limits.jobs
            && running.count { $0.lane.plugin == lane.plugin } < limits.perPlugin[lane.plugin] ?? .max
            && running.count { $0.lane.tool == lane.tool } < limits.perTool[lane.tool] ?? .max
        return hasRoom ? "waits for nothing" : nil
    }

    /// Somebody tries again at its place.
    private func checkBlocked(_ call: Int) -> String? {
        guard plan.entries[number(call)]?.phase == .blocked else { return nil }
        let place = plan.blockades.standings[number(call)]?.place
        let tries = calls.indices.contains {
            plan.blockades.triesAgain(number($0)) && plan.blockades.standings[number($0)]?.place == place
        }
        return tries ? nil : "is blocked, and nobody tries again"
    }

    /// First come, first served: what all before it have or want, and its own, must fit.
    private func waitsForUnits(_ call: Int) -> Bool {
        guard calls[call].claim.units > 0 else { return false }
        let earlier = calls.indices.prefix(call).filter { calls[$0].isHere && calls[$0].thing == nil }
        let needed = earlier.reduce(calls[call].claim.units) { $0 + calls[$1].claim.units }
        return needed + things.values.reduce(0, +) > Self.pool
    }

    /// Lets everything end, and looks whether anything is left.
    private mutating func drain() -> String? {
        while let thing = things.keys.first {
            things[thing] = nil
            perform(plan.reservationsChanged({ $0.unenroll(thing) }, now: now).actions)
        }
        var rounds = 0
        while calls.contains(where: { $0.isHere }) {
            rounds += 1
            guard rounds < 10_000 else { return "does not come to an end" }
            if calls.contains(where: { $0.looking != nil }) {
                look()
            } else if calls.contains(where: { $0.status == .locking }) {
                answerLock(isFree: true)
            } else if calls.contains(where: { $0.status == .blocked }) {
                now = max(now, plan.nextDeadline ?? now)
                perform(plan.tick(now: now))
            } else {
                finish()
            }
            if let wrong = complaint ?? check() { return "at the end: \(wrong)" }
            let somethingGoesOn = calls.contains {
                $0.isHere && $0.status != .waiting || $0.looking != nil
            }
            if !somethingGoesOn, calls.contains(where: { $0.waits }) { return "calls are stuck at the end" }
        }
        guard plan.isEmpty, plan.table.count == 0, plan.watchers.isEmpty, plan.reservations.isIdle,
            plan.slots.runningCount == 0, plan.blockades.isEmpty, plan.deadlines.count <= 64 + 4
        else { return "something is left: \(plan)" }
        now += 10 * limits.wait
        perform(plan.tick(now: now))
        return plan.deadlines.isEmpty ? nil : "deadlines are left"
    }
}
