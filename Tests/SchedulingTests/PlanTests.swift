import Calls
import Locking
import Testing

@testable import Scheduling

/// Single decisions of the plan that random events would meet too seldom.
@Suite("The plan")
struct PlanTests {
    private static func units(_ call: UInt64, _ units: Int) -> Plan.Submission {
        Plan.Submission(
            call: CallNumber(call), tool: "tool", plugin: "plugin",
            demands: [Demand(.units(pool: "pool", units, capacity: 2))])
    }

    private static let noLook = Plan.Look(walks: [], epoch: 0)

    @Test("thousands of calls that wait for a pool are refused at once when a registered thing takes it")
    func longRefusal() {
        let count: UInt64 = 9_000
        var plan = Plan(limits: Limits())
        _ = plan.submit(Self.units(1, 2), Self.noLook, now: 0)
        for call in 2...count { _ = plan.submit(Self.units(call, 1), Self.noLook, now: 0) }
        let thing = Reservations.Thing(kind: "agent", name: "one")
        let change = plan.reservationsChanged({ $0.enroll(thing, label: "one", of: CallNumber(1)) }, now: 0)
        var refused = 0
        for case .settle(_, let outcome) in change.actions where outcome.kind == .refused { refused += 1 }
        #expect(refused == Int(count) - 1)
        _ = plan.finished(CallNumber(1), now: 0)
        #expect(plan.isEmpty && plan.reservations.isIdle)
    }

    @Test("a limit that is as good as none does not wrap round to the past")
    func endlessLimits() {
        var plan = Plan(limits: Limits(wait: .max, grace: .max))
        var submission = Self.units(1, 2)
        submission.time = .max
        _ = plan.submit(submission, Self.noLook, now: 5)
        _ = plan.submit(Self.units(2, 1), Self.noLook, now: 5)
        #expect(plan.tick(now: 1_000).isEmpty)
        #expect(plan.isWaiting(CallNumber(2)))
    }

    @Test("calls that enter and leave leave no deadlines behind")
    func deadlines() {
        var plan = Plan(limits: Limits())
        for call: UInt64 in 1...5_000 {
            _ = plan.submit(Self.units(call, 1), Self.noLook, now: call)
            _ = plan.finished(CallNumber(call), now: call)
        }
        #expect(plan.deadlines.count <= 80)
    }
}
