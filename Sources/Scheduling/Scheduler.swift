import Calls
import Locking
import ProcessLocks
import System

/// Does what the plan decides: looks at paths, runs calls on threads of its own, wakes up for deadlines, tells outcomes and
/// events. Decides nothing itself: every decision is one step of ``Plan``, taken under one lock; the actions that come out
/// are carried out outside it.
package final class Scheduler: Sendable {
    /// A call, and the ways to run it, stop it and answer it. All closures may be called from any thread.
    package final class Job: Sendable {
        package let turn: TurnNumber
        package let place: Int
        package let tool: String
        package let plugin: String
        package let demands: [Demand]
        /// Nanoseconds; nil = no limit.
        package let time: UInt64?
        /// Runs the call's code on the calling thread.
        package let run: @Sendable (Grant) -> Outcome
        /// Asks the running code to stop. Must not block.
        package let signal: @Sendable () -> Void
        /// The code did not stop: nothing that it does from now on counts.
        package let abandon: @Sendable () -> Void
        /// The call's one answer.
        package let settle: @Sendable (Outcome) -> Void
        package let observe: (@Sendable (Event) -> Void)?

        package init(
            turn: TurnNumber, place: Int, tool: String, plugin: String, demands: [Demand], time: UInt64?,
            run: @escaping @Sendable (Grant) -> Outcome, signal: @escaping @Sendable () -> Void,
            abandon: @escaping @Sendable () -> Void, settle: @escaping @Sendable (Outcome) -> Void,
            observe: (@Sendable (Event) -> Void)?
        ) {
            self.turn = turn
            self.place = place
            self.tool = tool
            self.plugin = plugin
            self.demands = demands
            self.time = time
            self.run = run
            self.signal = signal
            self.abandon = abandon
            self.settle = settle
            self.observe = observe
        }
    }

    /// What keeps other processes out.
    package struct Fence: Sendable {
        package var locks: ProcessLocks
        /// Where the paths of walks are, as other processes find them. Called like `walk`.
        package var places: @Sendable ([PathWalk]) -> Places

        package init(locks: ProcessLocks, places: @escaping @Sendable ([PathWalk]) -> Places) {
            self.locks = locks
            self.places = places
        }
    }

    private struct State {
        var plan: Plan
        var jobs: [CallNumber: Job] = [:]
        /// What calls hold, or queue for, between processes. Who works with one has taken it out of here.
        var claims: [CallNumber: ProcessClaim] = [:]
        /// When the alarm is set to ring; it may ring early, never late.
        var alarm: UInt64?

        /// What the plan wants done, with the jobs that it concerns: under the same lock as the decision.
        mutating func work(of actions: [Plan.Action]) -> Work {
            var work = Work()
            work.deeds.reserveCapacity(actions.count)
            for action in actions { if let deed = deed(action) { work.deeds.append(deed) } }
            if let time = plan.nextDeadline, time < alarm ?? .max {
                alarm = time
                work.alarm = time
            }
            return work
        }

        private mutating func deed(_ action: Plan.Action) -> Deed? {
            switch action {
            case .start(let grant): return .take(.run(grant))
            case .lock(let call, let locks, let queues): return .take(.lock(call, locks, queues: queues))
            case .look(let call): return jobs[call].map { .look(call, $0) }
            case .settle(let call, let outcome):
                guard let job = jobs.removeValue(forKey: call) else { return nil }
                return .settle(call, job, claims.removeValue(forKey: call), outcome)
            case .signal(let call): return jobs[call].map { .signal($0) }
            case .abandon(let call, let outcome):
                return jobs.removeValue(forKey: call).map { .abandon(call, $0, outcome) }
            case .note(let call, let kind):
                guard let job = jobs[call], job.observe != nil else { return nil }
                return .note(call, job, kind)
            }
        }
    }

    /// What needs a thread of its own.
    private enum Step {
        case lock(CallNumber, [Lock], queues: Bool)
        case run(Grant)
    }

    /// An action of the plan, and the job of the call that it is about.
    private enum Deed {
        case take(Step)
        case look(CallNumber, Job)
        case settle(CallNumber, Job, ProcessClaim?, Outcome)
        case signal(Job)
        case abandon(CallNumber, Job, Outcome)
        case note(CallNumber, Job, Event.Kind)
    }

    /// What one decision leads to, in this order.
    private struct Work {
        var deeds: [Deed] = []
        /// The alarm must ring by this time.
        var alarm: UInt64?
    }

    private let state: Guarded<State>
    private let threads: ThreadPool
    private let alarms: AlarmClock
    /// Shared with the schedulers of nested turns: a call's number is its host's.
    package let numbers: Numbers
    /// Looks at the file system. Called on any thread, without a lock.
    private let walk: @Sendable (PathDemand) -> PathWalk
    private let fence: Fence?

    /// The plan must have been told whether there is a fence.
    package init(
        plan: Plan, threads: ThreadPool, alarms: AlarmClock, numbers: Numbers = Numbers(), fence: Fence? = nil,
        walk: @escaping @Sendable (PathDemand) -> PathWalk
    ) {
        precondition(plan.locksProcesses == (fence != nil))
        state = Guarded(State(plan: plan))
        self.threads = threads
        self.alarms = alarms
        self.numbers = numbers
        self.fence = fence
        self.walk = walk
    }

    /// Enters a call. Calls of one turn must be submitted one after another, in the turn's order.
    @discardableResult
    package func submit(_ job: Job) -> CallNumber {
        // The look comes before the call's place in the order: the plan knows whether it is still good by its epoch.
        let look = look(job.demands, epoch: state.withLock { $0.plan.epoch })
        let (call, work) = state.withLock { state in
            // Under the lock: the order of the numbers is the order of ingest.
            let call = numbers.nextCall()
            state.jobs[call] = job
            let submission = Plan.Submission(
                call: call, tool: job.tool, plugin: job.plugin, demands: job.demands, time: job.time)
            return (call, state.work(of: state.plan.submit(submission, look, now: monotonicNow())))
        }
        carryOut(work)
        return call
    }

    package func cancel(_ call: CallNumber, why: String) {
        carryOut(decide { $0.cancel(call, why: why, now: monotonicNow()) })
    }

    package func release(_ claim: Int, of call: CallNumber) {
        let (work, held, locks) = state.withLock { state in
            let work = state.work(of: state.plan.release(claim, of: call, now: monotonicNow()))
            return (work, state.claims[call], state.claims[call] == nil ? [] : state.plan.table.locks(of: call))
        }
        held?.narrow(to: locks)
        carryOut(work)
    }

    /// Whether the locks that a running call has now include `lock`.
    package func covers(_ lock: Lock, of call: CallNumber) -> Bool {
        state.withLock { $0.plan.covers(lock, of: call) }
    }

    /// What a call claims, in words.
    package func claims(of call: CallNumber) -> [String] {
        state.withLock { $0.plan.claims(of: call) }
    }

    /// The units of pools that a call has.
    package func units(of call: CallNumber) -> [String: Int] {
        state.withLock { $0.plan.reservations.units(of: call) }
    }

    /// Reads or changes the reservations; a change may let calls through, or refuse them.
    package func withReservations<Result: Sendable>(
        _ body: (inout Reservations) -> (result: Result, changed: Bool)
    ) -> Result {
        let (result, work) = state.withLock { state in
            var result: Result?
            let outcome = state.plan.reservationsChanged(
                { reservations in
                    let answer = body(&reservations)
                    result = answer.result
                    return answer.changed
                }, now: monotonicNow())
            guard let result else { preconditionFailure("the plan did not ask for the change") }
            return (result, state.work(of: outcome.actions))
        }
        carryOut(work)
        return result
    }

    // MARK: - Carrying out

    /// Tells the plan something.
    private func decide(_ event: (inout Plan) -> [Plan.Action]) -> Work {
        state.withLock { state in state.work(of: event(&state.plan)) }
    }

    private func look(_ demands: [Demand], epoch: UInt64) -> Plan.Look {
        Plan.Look(walks: demands.pathsToWalk.map(walk), epoch: epoch)
    }

    private func carryOut(_ work: Work) {
        for step in perform(work) { threads.run { [self] in take(step) } }
    }

    /// Does everything but what needs a thread, which it returns.
    private func perform(_ work: Work) -> [Step] {
        var steps: [Step] = []
        setAlarm(work.alarm)
        var rest = work.deeds[...]
        while let deed = rest.popFirst() {
            switch deed {
            case .take(let step): steps.append(step)
            case .look(let call, let job):
                let look = look(job.demands, epoch: state.withLock { $0.plan.epoch })
                let more = decide { $0.looked(call, look, now: monotonicNow()) }
                setAlarm(more.alarm)
                rest += more.deeds
            case .settle(let call, let job, let claim, let outcome):
                claim?.giveBack()
                job.observe?(event(call, job, .ended(outcome, nil)))
                job.settle(outcome)
            case .signal(let job): job.signal()
            case .abandon(let call, let job, let outcome):
                job.abandon()
                job.observe?(event(call, job, .ended(outcome, .advisory)))
                job.settle(outcome)
            case .note(let call, let job, let kind): job.observe?(event(call, job, kind))
            }
        }
        return steps
    }

    /// Takes a step on this thread, and then, one after another, what it let through: a successor on the same thread costs no
    /// wake-up.
    private func take(_ first: Step) {
        var next: Step? = first
        while let step = next {
            let work =
                switch step {
                case .lock(let call, let locks, let queues): lock(call, locks, queues: queues)
                case .run(let grant): run(grant)
                }
            var steps = perform(work)[...]
            next = steps.popFirst()
            for step in steps { threads.run { [self] in take(step) } }
        }
    }

    private func run(_ grant: Grant) -> Work {
        let call = grant.call
        guard let job = state.withLock({ $0.jobs[call] }) else {
            // Given up before this thread came to it, and answered.
            return decide { $0.finished(call, now: monotonicNow()) }
        }
        job.observe?(event(call, job, .started))
        let result = job.run(grant)
        // Other processes first: the next call of this one would only find the ranges taken.
        if fence != nil { state.withLock({ $0.claims.removeValue(forKey: call) })?.giveBack() }
        let (work, outcome, isAbandoned) = state.withLock { state in
            let outcome = state.plan.outcome(of: call, returning: result)
            let isAbandoned = state.jobs.removeValue(forKey: call) == nil
            return (state.work(of: state.plan.finished(call, now: monotonicNow())), outcome, isAbandoned)
        }
        if !isAbandoned {
            job.observe?(event(call, job, .ended(outcome, .advisory)))
            job.settle(outcome)
        }
        return work
    }

    // MARK: - Other processes

    /// Nobody's directories are changed so often by accident.
    private static let mostAttempts = 8

    /// Tries to keep other processes out, and then looks what the paths mean: from then on they mean that.
    private func lock(_ call: CallNumber, _ locks: [Lock], queues: Bool) -> Work {
        let (known, kept) = state.withLock { ($0.jobs[call], $0.claims.removeValue(forKey: call)) }
        guard let job = known, let fence else {
            kept?.giveBack()
            return Work()
        }
        let claim = kept ?? fence.locks.claim(of: call, tool: job.tool)
        do throws(ProcessLockFailure) {
            for _ in 0..<Self.mostAttempts {
                if let blockage = try claim.attempt(locks, queues: queues) {
                    return report(claim, of: call, keepingIf: { $0.triesAgain(call) }) { plan, now in
                        plan.blocked(call, by: blockage.blockade, at: blockage.place, now: now)
                    }
                }
                let look = look(job.demands, epoch: state.withLock { $0.plan.epoch })
                guard claim.confirm(locks, at: fence.places(look.walks)) else {
                    // Directories that were not known, or are other ones.
                    claim.giveBack()
                    continue
                }
                return report(claim, of: call, keepingIf: { $0.isRunning(call) }) { plan, now in
                    plan.locked(call, look, now: now)
                }
            }
            return cannotLock(call, claim, "the directories on its way are changed all the time")
        } catch {
            return cannotLock(call, claim, "\(error.problem). \(error.help)")
        }
    }

    private func cannotLock(_ call: CallNumber, _ claim: ProcessClaim, _ why: String) -> Work {
        report(claim, of: call, keepingIf: { _ in false }) { $0.cannotLock(call, why: why, now: $1) }
    }

    /// Tells the plan, and keeps the claim if the plan says so; all in one step, so that nobody tries meanwhile.
    private func report(
        _ claim: ProcessClaim, of call: CallNumber, keepingIf isKept: (Plan) -> Bool,
        _ event: (inout Plan, UInt64) -> [Plan.Action]
    ) -> Work {
        let (work, keeps) = state.withLock { state in
            let actions = event(&state.plan, monotonicNow())
            let keeps = isKept(state.plan)
            if keeps { state.claims[call] = claim }
            return (state.work(of: actions), keeps)
        }
        if !keeps { claim.giveBack() }
        return work
    }

    private func setAlarm(_ time: UInt64?) {
        guard let time else { return }
        alarms.set(self, by: time) { [weak self] in self?.ring() }
    }

    private func ring() {
        carryOut(
            state.withLock { state in
                state.alarm = nil
                return state.work(of: state.plan.tick(now: monotonicNow()))
            })
    }

    private func event(_ call: CallNumber, _ job: Job, _ kind: Event.Kind) -> Event {
        Event(call: call, place: job.place, turn: job.turn, time: monotonicNow(), kind: kind)
    }
}

extension ProcessClaim.Blockage {
    fileprivate var blockade: Blockade {
        Blockade(resource: lock.words, mode: lock.mode == .shared ? .shared : .exclusive, holder: holder)
    }
}
