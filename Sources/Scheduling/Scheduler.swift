import Calls
import Locking
import ProcessLocks
import System

/// Does what the plan decides: looks at paths, runs calls on threads of its own, wakes up for deadlines, tells outcomes and
/// events. Decides nothing itself: every decision is one step of ``Plan``, taken under one lock; the actions that come out
/// are carried out outside it.
package final class Scheduler: Sendable {
    /// A call, and the ways to run it, stop it and answer it. All closures may be called from any thread.
    package struct Job: Sendable {
        package var turn: TurnNumber
        package var place: Int
        package var tool: String
        package var plugin: String
        package var demands: [Demand]
        /// Nanoseconds; nil = no limit.
        package var time: UInt64?
        /// Runs the call's code on the calling thread.
        package var run: @Sendable (Grant) -> Outcome
        /// Asks the running code to stop. Must not block.
        package var signal: @Sendable () -> Void
        /// Ends code that did not stop; `run` returns then. Must not block. Nil if it cannot be ended.
        package var kill: (@Sendable () -> Void)?
        /// The code did not stop and cannot be ended: nothing that it does from now on counts.
        package var abandon: @Sendable () -> Void
        /// The call's one answer.
        package var settle: @Sendable (Outcome) -> Void
        package var observe: (@Sendable (Event) -> Void)?

        package init(
            turn: TurnNumber, place: Int, tool: String, plugin: String, demands: [Demand], time: UInt64?,
            run: @escaping @Sendable (Grant) -> Outcome, signal: @escaping @Sendable () -> Void,
            kill: (@Sendable () -> Void)? = nil, abandon: @escaping @Sendable () -> Void,
            settle: @escaping @Sendable (Outcome) -> Void, observe: (@Sendable (Event) -> Void)?
        ) {
            self.turn = turn
            self.place = place
            self.tool = tool
            self.plugin = plugin
            self.demands = demands
            self.time = time
            self.run = run
            self.signal = signal
            self.kill = kill
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
        let (call, actions) = state.withLock { state in
            // Under the lock: the order of the numbers is the order of ingest.
            let call = numbers.nextCall()
            state.jobs[call] = job
            let submission = Plan.Submission(
                call: call, tool: job.tool, plugin: job.plugin, demands: job.demands, time: job.time,
                canBeKilled: job.kill != nil)
            return (call, state.plan.submit(submission, look, now: monotonicNow()))
        }
        carryOut(actions)
        return call
    }

    package func cancel(_ call: CallNumber, why: String) {
        carryOut(state.withLock { $0.plan.cancel(call, why: why, now: monotonicNow()) })
    }

    package func release(_ claim: Int, of call: CallNumber) {
        let (actions, held, locks) = state.withLock { state in
            let actions = state.plan.release(claim, of: call, now: monotonicNow())
            return (actions, state.claims[call], state.claims[call] == nil ? [] : state.plan.table.locks(of: call))
        }
        held?.narrow(to: locks)
        carryOut(actions)
    }

    /// Whether the locks that a running call has now include `lock`.
    package func covers(_ lock: Lock, of call: CallNumber) -> Bool {
        state.withLock { $0.plan.covers(lock, of: call) }
    }

    /// The locks of a running call that cannot be taken from it before its end.
    package func lastingLocks(of call: CallNumber) -> [Lock] {
        state.withLock { $0.plan.lastingLocks(of: call) }
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
        let (result, actions) = state.withLock { state in
            var result: Result?
            let outcome = state.plan.reservationsChanged(
                { reservations in
                    let answer = body(&reservations)
                    result = answer.result
                    return answer.changed
                }, now: monotonicNow())
            guard let result else { preconditionFailure("the plan did not ask for the change") }
            return (result, outcome.actions)
        }
        carryOut(actions)
        return result
    }

    // MARK: - Carrying out

    private func look(_ demands: [Demand], epoch: UInt64) -> Plan.Look {
        Plan.Look(walks: demands.pathsToWalk.map(walk), epoch: epoch)
    }

    /// What needs a thread of its own.
    private enum Step {
        case lock(CallNumber, [Lock], queues: Bool)
        case run(Grant)
    }

    private func carryOut(_ actions: [Plan.Action]) {
        for step in perform(actions) { threads.run { [self] in take(step) } }
    }

    /// Carries out everything but what needs a thread, which it returns.
    private func perform(_ actions: [Plan.Action]) -> [Step] {
        var steps: [Step] = []
        var rest = actions[...]
        while let action = rest.popFirst() {
            switch action {
            case .start(let grant): steps.append(.run(grant))
            case .lock(let call, let locks, let queues): steps.append(.lock(call, locks, queues: queues))
            case .look(let call): rest += lookAgain(call)
            case .settle(let call, let outcome):
                guard let (job, claim) = forget(call) else { continue }
                claim?.giveBack()
                job.observe?(event(call, job, .ended(outcome, nil)))
                job.settle(outcome)
            case .signal(let call): job(call)?.signal()
            case .kill(let call): job(call)?.kill?()
            case .abandon(let call, let outcome):
                guard let job = state.withLock({ $0.jobs.removeValue(forKey: call) }) else { continue }
                job.abandon()
                job.observe?(event(call, job, .ended(outcome, outcome.enforcement)))
                job.settle(outcome)
            case .note(let call, let kind):
                guard let job = job(call), let observe = job.observe else { continue }
                observe(event(call, job, kind))
            }
        }
        setAlarm()
        return steps
    }

    private func lookAgain(_ call: CallNumber) -> [Plan.Action] {
        let (job, epoch) = state.withLock { ($0.jobs[call], $0.plan.epoch) }
        guard let job else { return [] }
        let look = look(job.demands, epoch: epoch)
        return state.withLock { $0.plan.looked(call, look, now: monotonicNow()) }
    }

    /// Takes a step on this thread, and then, one after another, what it let through: a successor on the same thread costs no
    /// wake-up.
    private func take(_ first: Step) {
        var next: Step? = first
        while let step = next {
            let actions =
                switch step {
                case .lock(let call, let locks, let queues): lock(call, locks, queues: queues)
                case .run(let grant): run(grant)
                }
            var steps = perform(actions)[...]
            next = steps.popFirst()
            for step in steps { threads.run { [self] in take(step) } }
        }
    }

    private func run(_ grant: Grant) -> [Plan.Action] {
        let call = grant.call
        guard let job = job(call) else {
            // Given up before this thread came to it, and answered.
            return state.withLock { $0.plan.finished(call, now: monotonicNow()) }
        }
        job.observe?(event(call, job, .started))
        let result = job.run(grant)
        // Other processes first: the next call of this one would only find the ranges taken.
        state.withLock({ $0.claims.removeValue(forKey: call) })?.giveBack()
        let (actions, outcome, isAbandoned) = state.withLock { state in
            let outcome = state.plan.outcome(of: call, returning: result)
            let isAbandoned = state.jobs.removeValue(forKey: call) == nil
            return (state.plan.finished(call, now: monotonicNow()), outcome, isAbandoned)
        }
        if !isAbandoned {
            job.observe?(event(call, job, .ended(outcome, outcome.enforcement)))
            job.settle(outcome)
        }
        return actions
    }

    // MARK: - Other processes

    /// Nobody's directories are changed so often by accident.
    private static let mostAttempts = 8

    /// Tries to keep other processes out, and then looks what the paths mean: from then on they mean that.
    private func lock(_ call: CallNumber, _ locks: [Lock], queues: Bool) -> [Plan.Action] {
        let (known, kept) = state.withLock { ($0.jobs[call], $0.claims.removeValue(forKey: call)) }
        guard let job = known, let fence else {
            kept?.giveBack()
            return []
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

    private func cannotLock(_ call: CallNumber, _ claim: ProcessClaim, _ why: String) -> [Plan.Action] {
        report(claim, of: call, keepingIf: { _ in false }) { $0.cannotLock(call, why: why, now: $1) }
    }

    /// Tells the plan, and keeps the claim if the plan says so; all in one step, so that nobody tries meanwhile.
    private func report(
        _ claim: ProcessClaim, of call: CallNumber, keepingIf isKept: (Plan) -> Bool,
        _ event: (inout Plan, UInt64) -> [Plan.Action]
    ) -> [Plan.Action] {
        let (actions, keeps) = state.withLock { state in
            let actions = event(&state.plan, monotonicNow())
            let keeps = isKept(state.plan)
            if keeps { state.claims[call] = claim }
            return (actions, keeps)
        }
        if !keeps { claim.giveBack() }
        return actions
    }

    private func forget(_ call: CallNumber) -> (Job, ProcessClaim?)? {
        state.withLock { state in
            guard let job = state.jobs.removeValue(forKey: call) else { return nil }
            return (job, state.claims.removeValue(forKey: call))
        }
    }

    private func setAlarm() {
        let time = state.withLock { state -> UInt64? in
            guard let time = state.plan.nextDeadline, time < state.alarm ?? .max else { return nil }
            state.alarm = time
            return time
        }
        guard let time else { return }
        alarms.set(self, by: time) { [weak self] in self?.ring() }
    }

    private func ring() {
        carryOut(
            state.withLock { state in
                state.alarm = nil
                return state.plan.tick(now: monotonicNow())
            })
    }

    private func job(_ call: CallNumber) -> Job? {
        state.withLock { $0.jobs[call] }
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
