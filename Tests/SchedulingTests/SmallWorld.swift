import Calls
import Locking

@testable import Scheduling

/// A few calls, and every order in which they can arrive, run, end, crash, run out of time, be cancelled and be given up;
/// and, if there are other processes, be held up by those and find that their paths mean something else.
struct SmallWorld {
    /// Where a call is, as an observer knows it who counts nothing but what he was told.
    enum Status: UInt8 {
        case toCome, waiting, locking, blocked, running, stopped, abandoned, gone
    }

    private struct State {
        var plan: Plan
        var statuses: [Status]
        /// What the calls claim as their paths are now.
        var claims: [SmallClaim]
        var now: UInt64 = 0
    }

    /// What is taken for the same state when it comes again.
    private struct Seen: Hashable {
        var statuses: [Status]
        var names: [String]
    }

    private static let units = 2
    private static let jobs = 2
    private static let limits = Limits(jobs: jobs, wait: 1 << 40, grace: 1_000)

    let claims: [SmallClaim]
    private let hasOthers: Bool
    private(set) var visited = 0
    private(set) var endings = 0
    private(set) var complaint: String?
    private var known: Set<Seen> = []

    init(_ claims: [SmallClaim], hasOthers: Bool = false) {
        self.claims = claims
        self.hasOthers = hasOthers
    }

    mutating func explore() {
        let plan = Plan(limits: Self.limits, pools: ["pool": Self.units], locksProcesses: hasOthers)
        visit(State(plan: plan, statuses: claims.map { _ in .toCome }, claims: claims))
    }

    private mutating func visit(_ state: State) {
        let seen = Seen(statuses: state.statuses, names: state.claims.map(\.name))
        guard complaint == nil, known.insert(seen).inserted else { return }
        visited += 1
        if let wrong = check(state) {
            complaint = "\(claims.map(\.name)), \(state.claims.map(\.name)), \(state.statuses): \(wrong)"
            return
        }
        if state.statuses.allSatisfy({ $0 == .gone }) { endings += 1 }
        if let next = state.statuses.firstIndex(of: .toCome) {
            let time: UInt64? = hasOthers ? nil : 500
            step(state) { Self.submit(next, time, &$0) }
        }
        for (call, status) in state.statuses.enumerated() {
            switch status {
            case .toCome, .gone: break
            case .waiting, .blocked: step(state) { $0.plan.cancel(Self.number(call), why: "", now: $0.now) }
            case .locking:
                step(state) { $0.plan.cancel(Self.number(call), why: "", now: $0.now) }
                answerLock(of: call, state)
            case .running:
                step(state) {
                    $0.plan.finished(Self.number(call), now: $0.now)
                } ended: {
                    call
                }
                step(state) { $0.plan.cancel(Self.number(call), why: "", now: $0.now) }
            case .stopped, .abandoned:
                step(state) {
                    $0.plan.finished(Self.number(call), now: $0.now)
                } ended: {
                    call
                }
            }
        }
        // Everybody's time is up, and that of the stopped ones for good; and blocked ones try again.
        if state.statuses.contains(where: { $0 == .running || $0 == .stopped || $0 == .blocked }) {
            let time = hasOthers ? 2 * Blockades.longestDelay : 2_000
            step(state) { state in
                state.now += time
                return state.plan.tick(now: state.now)
            }
        }
    }

    /// All that can come of a try to keep other processes out.
    private mutating func answerLock(of call: Int, _ state: State) {
        let claim = state.claims[call]
        let look = Plan.Look(walks: claim.walks, epoch: state.plan.epoch)
        step(state) { $0.plan.locked(Self.number(call), look, now: $0.now) }
        for place: UInt64 in [1, 2] {
            step(state) { state in
                state.statuses[call] = .blocked
                let blockade = Blockade(resource: "", mode: .shared, holder: nil)
                return state.plan.blocked(Self.number(call), by: blockade, at: place, since: 0, now: state.now)
            }
        }
        // Only once, or it would never end.
        for meaning in SmallResources.otherMeanings(of: claim) where claim.name == claims[call].name {
            step(state) { state in
                state.claims[call] = meaning
                let look = Plan.Look(walks: meaning.walks, epoch: state.plan.epoch)
                // Unless it is told otherwise, it waits for earlier calls again.
                state.statuses[call] = .waiting
                return state.plan.locked(Self.number(call), look, now: state.now)
            }
        }
    }

    private static func submit(_ call: Int, _ time: UInt64?, _ state: inout State) -> [Plan.Action] {
        state.statuses[call] = .waiting
        let claim = state.claims[call]
        let submission = Plan.Submission(
            call: number(call), tool: "tool", plugin: "plugin", demands: claim.demands, time: time)
        let look = Plan.Look(walks: claim.walks, epoch: state.plan.epoch)
        return state.plan.submit(submission, look, now: state.now)
    }

    private mutating func step(
        _ state: State, _ event: (inout State) -> [Plan.Action], ended: () -> Int? = { nil }
    ) {
        guard complaint == nil else { return }
        var state = state
        if let call = ended() { state.statuses[call] = .gone }
        var actions = event(&state)
        var next = 0
        // Every look is answered at once: here the file system has nothing to tell but what it was.
        while next < actions.count {
            let action = actions[next]
            next += 1
            switch action {
            case .look(let call):
                let look = Plan.Look(walks: state.claims[Self.index(call)].walks, epoch: state.plan.epoch)
                actions += state.plan.looked(call, look, now: state.now)
            case .lock(let call, _, _):
                let call = Self.index(call)
                if ![.waiting, .blocked].contains(state.statuses[call]) { complaint = "\(call) is locked twice" }
                state.statuses[call] = .locking
            case .start(let grant):
                let call = Self.index(grant.call)
                if state.statuses[call] != (hasOthers ? .locking : .waiting) {
                    complaint = "\(claims.map(\.name)): \(call) starts twice"
                }
                state.statuses[call] = .running
                if let wrong = overtaken(by: call, state) { complaint = "\(claims.map(\.name)): \(wrong)" }
            case .settle(let call, _):
                if ![.waiting, .locking, .blocked].contains(state.statuses[Self.index(call)]) {
                    complaint = "\(call) is settled twice"
                }
                state.statuses[Self.index(call)] = .gone
            case .signal(let call): state.statuses[Self.index(call)] = .stopped
            case .kill: complaint = "a call that cannot be killed is killed"
            case .abandon(let call, _): state.statuses[Self.index(call)] = .abandoned
            case .note: break
            }
        }
        visit(state)
    }

    /// An earlier call that is still there and conflicts with one that starts.
    private func overtaken(by call: Int, _ state: State) -> String? {
        (0..<call).first { state.statuses[$0] != .gone && state.claims[$0].conflicts(with: state.claims[call]) }
            .map { "\(call) starts before \($0)" }
    }

    private func check(_ state: State) -> String? {
        let statuses = state.statuses
        let claims = state.claims
        let holding = statuses.indices.filter {
            [.locking, .blocked, .running, .stopped, .abandoned].contains(statuses[$0])
        }
        for first in holding {
            for second in holding where first < second && claims[first].conflicts(with: claims[second]) {
                return "\(first) and \(second) hold what both need"
            }
        }
        let slots = statuses.count { $0 == .running || $0 == .stopped || $0 == .locking }
        if slots > Self.jobs { return "\(slots) calls run" }
        if holding.reduce(0, { $0 + claims[$1].units }) > Self.units { return "more units than there are" }
        for call in statuses.indices where statuses[call] == .waiting {
            if let wrong = checkWaiting(call, state, slots) { return wrong }
        }
        for call in statuses.indices where statuses[call] == .blocked {
            if let wrong = checkBlocked(call, state) { return wrong }
        }
        if let broken = state.plan.table.checkInvariants() { return broken }
        guard statuses.allSatisfy({ $0 == .gone }) else { return nil }
        let plan = state.plan
        guard plan.isEmpty, plan.table.count == 0, plan.reservations.isIdle, plan.watchers.isEmpty,
            plan.waitingCount == 0, plan.slots.runningCount == 0, plan.affected.isEmpty, plan.blockades.isEmpty
        else { return "all have ended, and something is left" }
        return nil
    }

    /// Somebody tries again for every place at which calls are stopped, and soon.
    private func checkBlocked(_ call: Int, _ state: State) -> String? {
        guard let place = state.plan.blockades.standings[Self.number(call)]?.place else {
            return state.plan.entries[Self.number(call)]?.phase == .granted ? nil : "\(call) is blocked at no place"
        }
        let first = state.statuses.indices.first {
            state.plan.blockades.triesAgain(Self.number($0))
                && state.plan.blockades.standings[Self.number($0)]?.place == place
        }
        guard let first else { return "nobody tries again for \(call)" }
        let entry = state.plan.entries[Self.number(first)]
        let soon = state.now + Blockades.longestDelay
        let isTimed = state.plan.nextDeadline.map { $0 <= soon } ?? false
        return entry?.phase == .blocked && !isTimed ? "\(first) does not try again" : nil
    }

    private func checkWaiting(_ call: Int, _ state: State, _ slots: Int) -> String? {
        let claims = state.claims
        let here = (0..<call).filter { state.statuses[$0] != .gone }
        let isAbandoned = { state.statuses[$0] == .abandoned }
        let isProvisional = { state.plan.entries[Self.number($0)]?.isProvisional ?? false }
        let inTheWay = here.filter { claims[$0].conflicts(with: claims[call]) || isProvisional($0) }
        if inTheWay.contains(where: isAbandoned), !isProvisional(call) { return "\(call) waits for ever" }

        let needed = here.reduce(claims[call].units) { $0 + claims[$1].units }
        let waitsForUnits = claims[call].units > 0 && needed > Self.units
        guard inTheWay.isEmpty else { return nil }
        if !waitsForUnits, slots < Self.jobs { return "\(call) waits for nothing" }
        if waitsForUnits, here.allSatisfy({ claims[$0].units == 0 || isAbandoned($0) }) {
            return "\(call) waits for units that nobody will give back"
        }
        return nil
    }

    private static func number(_ call: Int) -> CallNumber { CallNumber(UInt64(call + 1)) }
    private static func index(_ call: CallNumber) -> Int { Int(call.rawValue) - 1 }
}
