import Calls
import Locking
import Scheduling
import TestSupport

/// Turns with fewer slots than calls, against the best that anybody could do who knew beforehand how long each call takes.
/// In simulated time: the plan has no clock of its own.
enum Slots {
    static let rows = [row(calls: "of 50 ms", lengths: 50...50), row(calls: "of 10 to 90 ms", lengths: 10...90)]

    private static func row(calls: String, lengths: ClosedRange<Int>) -> Row {
        Row(
            name: "slots-\(lengths.count == 1 ? "even" : "uneven")", section: .makespan,
            subject: "50 turns of 4 to 8 calls \(calls), with 2 or 3 slots, simulated",
            reference: "the exact optimum of each, by branch and bound", unit: .times, goal: 1.1
        ) { setting in
            (0..<setting.rounds(15)).map { round in
                var sum = Round(subject: 0, reference: 0)
                for seed in 1...UInt64(setting.size(50, quick: 5)) {
                    var random = SeededGenerator(seed: UInt64(round) &* 1000 &+ seed)
                    let turn = MixedTurn(seed: random.next(), calls: 4 + random.below(5))
                    let times = turn.steps.map { _ in lengths.lowerBound + random.below(lengths.count) }
                    let slots = 2 + random.below(2)
                    sum.subject += Double(simulate(turn, times, slots: slots))
                    sum.reference += Double(Optimum.makespan(earlier: turn.earlier, times: times, machines: slots))
                }
                return sum
            }
        }
    }

    /// When the last call ends, if the plan decides.
    static func simulate(_ turn: MixedTurn, _ times: [Int], slots: Int) -> Int {
        var plan = Plan(limits: Limits(jobs: slots))
        var running: [(end: Int, call: CallNumber)] = []
        var now = 0
        func follow(_ actions: [Plan.Action]) {
            for case .start(let grant) in actions {
                running.append((now + times[Int(grant.call.rawValue) - 1], grant.call))
            }
        }
        for (place, step) in turn.steps.enumerated() {
            let path = PathDemand(
                step.path, step.kind == .change ? .exclusive : .shared, step.file == nil ? .subtree : .exact)
            let walk = SchedulerRig.walk(step.path, step.file == nil ? .directory : .file)
            let submission = Plan.Submission(
                call: CallNumber(UInt64(place) + 1), tool: "bench", plugin: "bench", demands: [Demand(.path(path))])
            follow(plan.submit(submission, Plan.Look(walks: [walk], epoch: plan.epoch), now: 0))
        }
        while let next = running.indices.min(by: { running[$0] < running[$1] }) {
            let (end, call) = running.remove(at: next)
            now = end
            follow(plan.finished(call, now: UInt64(now)))
        }
        precondition(plan.isEmpty, "a call never ran")
        return now
    }
}
