import Calls
import Locking
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
        /// The code did not stop: nothing that it does from now on counts.
        package var abandon: @Sendable () -> Void
        /// The call's one answer.
        package var settle: @Sendable (Outcome) -> Void
        package var observe: (@Sendable (Event) -> Void)?

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

    private struct State {
        var plan: Plan
        var jobs: [CallNumber: Job] = [:]
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

    package init(
        plan: Plan, threads: ThreadPool, alarms: AlarmClock, numbers: Numbers = Numbers(),
        walk: @escaping @Sendable (PathDemand) -> PathWalk
    ) {
        state = Guarded(State(plan: plan))
        self.threads = threads
        self.alarms = alarms
        self.numbers = numbers
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
                call: call, tool: job.tool, plugin: job.plugin, demands: job.demands, time: job.time)
            return (call, state.plan.submit(submission, look, now: monotonicNow()))
        }
        carryOut(actions)
        return call
    }

    package func cancel(_ call: CallNumber, why: String) {
        carryOut(state.withLock { $0.plan.cancel(call, why: why, now: monotonicNow()) })
    }

    package func release(_ claim: Int, of call: CallNumber) {
        carryOut(state.withLock { $0.plan.release(claim, of: call, now: monotonicNow()) })
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

    private func carryOut(_ actions: [Plan.Action]) {
        for grant in perform(actions) { threads.run { [self] in run(grant) } }
    }

    /// Carries out everything but starts, which it returns.
    private func perform(_ actions: [Plan.Action]) -> [Grant] {
        var grants: [Grant] = []
        var rest = actions[...]
        while let action = rest.popFirst() {
            switch action {
            case .start(let grant): grants.append(grant)
            case .look(let call): rest += lookAgain(call)
            case .settle(let call, let outcome):
                guard let job = state.withLock({ $0.jobs.removeValue(forKey: call) }) else { continue }
                job.observe?(event(call, job, .ended(outcome, nil)))
                job.settle(outcome)
            case .signal(let call): job(call)?.signal()
            case .abandon(let call, let outcome):
                guard let job = state.withLock({ $0.jobs.removeValue(forKey: call) }) else { continue }
                job.abandon()
                job.observe?(event(call, job, .ended(outcome, .advisory)))
                job.settle(outcome)
            case .note(let call, let kind):
                guard let job = job(call), let observe = job.observe else { continue }
                observe(event(call, job, kind))
            }
        }
        setAlarm()
        return grants
    }

    private func lookAgain(_ call: CallNumber) -> [Plan.Action] {
        let (job, epoch) = state.withLock { ($0.jobs[call], $0.plan.epoch) }
        guard let job else { return [] }
        let look = look(job.demands, epoch: epoch)
        return state.withLock { $0.plan.looked(call, look, now: monotonicNow()) }
    }

    /// Runs a call on this thread, and then, one after another, calls that its end let through: a successor on the same
    /// thread costs no wake-up.
    private func run(_ first: Grant) {
        var next: Grant? = first
        while let grant = next {
            let actions = runToEnd(grant)
            var grants = perform(actions)[...]
            next = grants.popFirst()
            for grant in grants { threads.run { [self] in run(grant) } }
        }
    }

    /// Runs a call to its end; returns what that leads to.
    private func runToEnd(_ grant: Grant) -> [Plan.Action] {
        let call = grant.call
        guard let job = job(call) else {
            // Given up before this thread came to it, and answered.
            return state.withLock { $0.plan.finished(call, now: monotonicNow()) }
        }
        job.observe?(event(call, job, .started))
        let result = job.run(grant)
        let (actions, outcome, isAbandoned) = state.withLock { state in
            let outcome = state.plan.outcome(of: call, returning: result)
            let isAbandoned = state.jobs.removeValue(forKey: call) == nil
            return (state.plan.finished(call, now: monotonicNow()), outcome, isAbandoned)
        }
        if !isAbandoned {
            job.observe?(event(call, job, .ended(outcome, .advisory)))
            job.settle(outcome)
        }
        return actions
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
