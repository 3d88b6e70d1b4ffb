import Calls
import Locking

@testable import Scheduling

/// A few calls, and every order in which they can arrive, run, end, crash, run out of time, be cancelled and be given up.
struct SmallWorld {
    /// Where a call is, as an observer knows it who counts nothing but what he was told.
    enum Status: UInt8 {
        case toCome, waiting, running, stopped, abandoned, gone
    }

    private struct State {
        var plan: Plan
        var statuses: [Status]
        var now: UInt64 = 0
    }

    private static let units = 2
    private static let jobs = 2
    private static let limits = Limits(jobs: jobs, wait: 1 << 40, grace: 1_000)

    let claims: [SmallClaim]
    private(set) var visited = 0
    private(set) var endings = 0
    private(set) var complaint: String?
    private var known: Set<[Status]> = []

    init(_ claims: [SmallClaim]) {
        self.claims = claims
    }

    mutating func explore() {
        let plan = Plan(limits: Self.limits, pools: ["pool": Self.units])
        visit(State(plan: plan, statuses: claims.map { _ in .toCome }))
    }

    private mutating func visit(_ state: State) {
        guard complaint == nil, known.insert(state.statuses).inserted else { return }
        visited += 1
        if let wrong = check(state) {
            complaint = "\(claims.map(\.name)), \(state.statuses): \(wrong)"
            return
        }
        if state.statuses.allSatisfy({ $0 == .gone }) { endings += 1 }
        if let next = state.statuses.firstIndex(of: .toCome) {
            let claim = claims[next]
            step(state) { Self.submit(next, claim, &$0) }
        }
        for (call, status) in state.statuses.enumerated() {
            switch status {
            case .toCome, .gone: break
            case .waiting: step(state) { $0.plan.cancel(Self.number(call), why: "", now: $0.now) }
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
        // Everybody's time is up, and that of the stopped ones for good.
        if state.statuses.contains(where: { $0 == .running || $0 == .stopped }) {
            step(state) { state in
                state.now += 2_000
                return state.plan.tick(now: state.now)
            }
        }
    }

    private static func submit(_ call: Int, _ claim: SmallClaim, _ state: inout State) -> [Plan.Action] {
        state.statuses[call] = .waiting
        let submission = Plan.Submission(
            call: number(call), tool: "tool", plugin: "plugin", demands: claim.demands, time: 500)
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
                let look = Plan.Look(walks: claims[Self.index(call)].walks, epoch: state.plan.epoch)
                actions += state.plan.looked(call, look, now: state.now)
            case .start(let grant):
                let call = Self.index(grant.call)
                if state.statuses[call] != .waiting { complaint = "\(claims.map(\.name)): \(call) starts twice" }
                state.statuses[call] = .running
                if let wrong = overtaken(by: call, state) { complaint = "\(claims.map(\.name)): \(wrong)" }
            case .settle(let call, _):
                if state.statuses[Self.index(call)] != .waiting { complaint = "\(call) is settled twice" }
                state.statuses[Self.index(call)] = .gone
            case .signal(let call): state.statuses[Self.index(call)] = .stopped
            case .abandon(let call, _): state.statuses[Self.index(call)] = .abandoned
            case .note: break
            }
        }
        visit(state)
    }

    /// An earlier call that is still there and conflicts with one that starts.
    private func overtaken(by call: Int, _ state: State) -> String? {
        (0..<call).first { state.statuses[$0] != .gone && claims[$0].conflicts(with: claims[call]) }
            .map { "\(call) starts before \($0)" }
    }

    private func check(_ state: State) -> String? {
        let statuses = state.statuses
        let holding = statuses.indices.filter {
            statuses[$0] == .running || statuses[$0] == .stopped || statuses[$0] == .abandoned
        }
        for first in holding {
            for second in holding where first < second && claims[first].conflicts(with: claims[second]) {
                return "\(first) and \(second) hold what both need"
            }
        }
        let slots = statuses.count { $0 == .running || $0 == .stopped }
        if slots > Self.jobs { return "\(slots) calls run" }
        if holding.reduce(0, { $0 + claims[$1].units }) > Self.units { return "more units than there are" }
        for call in statuses.indices where statuses[call] == .waiting {
            if let wrong = checkWaiting(call, state, slots) { return wrong }
        }
        if let broken = state.plan.table.checkInvariants() { return broken }
        guard statuses.allSatisfy({ $0 == .gone }) else { return nil }
        let plan = state.plan
        guard plan.isEmpty, plan.table.count == 0, plan.reservations.isIdle, plan.watchers.isEmpty,
            plan.waitingCount == 0, plan.slots.runningCount == 0, plan.affected.isEmpty
        else { return "all have ended, and something is left" }
        return nil
    }

    private func checkWaiting(_ call: Int, _ state: State, _ slots: Int) -> String? {
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
