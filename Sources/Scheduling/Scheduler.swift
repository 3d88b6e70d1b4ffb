import Calls
import Guards
import Locking
import ProcessLocks
import System

/// Does what the plan decides: looks at paths, runs calls on threads of its own, wakes up for deadlines, tells outcomes and
/// events. Decides nothing itself: every decision is one step of ``Plan``, taken under one lock; what comes out is carried out
/// outside it. What is told of one call is told in the order in which it was decided.
package final class Scheduler: Sendable {
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

    private let state: Guarded<State>
    private let threads: ThreadPool
    private let alarms: AlarmClock
    /// Shared with the schedulers of nested turns: a call's number is its host's.
    package let numbers: Numbers
    /// Looks at the file system. Called on any thread, without a lock.
    private let walk: @Sendable (PathDemand) -> PathWalk
    private let fence: Fence?
    /// Whose claims the calls of a nested turn use.
    private let parent: (scheduler: Scheduler, call: CallNumber)?
    private let guards: RaceGuards
    private let names: PathNames

    /// The plan must have been told whether there is a fence.
    package init(
        plan: Plan, threads: ThreadPool, alarms: AlarmClock, numbers: Numbers = Numbers(), fence: Fence? = nil,
        inside parent: (Scheduler, CallNumber)? = nil, walk: @escaping @Sendable (PathDemand) -> PathWalk
    ) {
        precondition(plan.locksProcesses == (fence != nil))
        guards = plan.guards
        names = plan.names
        state = Guarded(State(plan: plan))
        self.threads = threads
        self.alarms = alarms
        self.numbers = numbers
        self.fence = fence
        self.parent = parent
        self.walk = walk
    }

    /// Enters a call. Calls of one turn must be submitted one after another, in the turn's order.
    @discardableResult
    package func submit(_ job: some Job) -> CallNumber {
        let early = guards.has(.orderedIngest) ? nil : numbers.nextCall()
        // The look comes before the call's place in the order: the plan knows whether it is still good by its epoch.
        let look = look(job.demands)
        let (call, decision) = state.withLock { state in
            // Under the lock: the order of the numbers is the order of ingest.
            let call = early ?? numbers.nextCall()
            state.add(job, as: call)
            let submission = Plan.Submission(
                call: call, tool: job.tool, plugin: job.plugin, demands: job.demands, time: job.time,
                canBeKilled: job.canBeKilled)
            let isOver = job.entered(as: call)
            let decision = state.decide { plan, now in
                let actions = plan.submit(submission, look, now: now)
                return isOver.map { actions + plan.cancel(call, why: $0, now: now) } ?? actions
            }
            return (call, decision)
        }
        carryOut(decision)
        return call
    }

    package func cancel(_ call: CallNumber, why: String) {
        carryOut(state.withLock { $0.decide { $0.cancel(call, why: why, now: $1) } })
    }

    package func release(_ claim: Int, of call: CallNumber) {
        let (decision, held, locks) = state.withLock { state in
            let decision = state.decide { $0.release(claim, of: call, now: $1) }
            let held = state.processClaims[call]
            return (decision, held, held == nil ? [] : state.plan.table.locks(of: call))
        }
        held?.narrow(to: locks)
        carryOut(decision)
    }

    /// Whether the locks that a running call has now include `lock`.
    package func covers(_ lock: Lock, of call: CallNumber) -> Bool {
        state.withLock { $0.plan.covers(lock, of: call) }
    }

    /// Whether those that it keeps until its end do.
    package func keeps(_ lock: Lock, of call: CallNumber) -> Bool {
        state.withLock { $0.plan.keeps(lock, of: call) }
    }

    /// What keeps other hosts out as long as anybody has it open; -1 = nothing. For a running call, until it has ended.
    package func hostsLock(of call: CallNumber) -> Int32 {
        if let parent { return parent.scheduler.hostsLock(of: parent.call) }
        return state.withLock { $0.processClaims[call] }?.opened ?? -1
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
        let (result, decision) = state.withLock { state in
            var result: Result?
            let decision = state.decide { plan, now in
                plan.reservationsChanged(
                    { reservations in
                        let answer = body(&reservations)
                        result = answer.result
                        return answer.changed
                    }, now: now
                ).actions
            }
            guard let result else { preconditionFailure("the plan did not ask for the change") }
            return (result, decision)
        }
        carryOut(decision)
        return result
    }

    /// Tells of something that happens to a running call without being decided; of one that was answered nothing more is told.
    package func tell(_ kind: Event.Kind, of call: CallNumber) {
        let teller = state.withLock { $0.news(of: call, kind) }
        if let teller { hand(teller.speak()) }
    }

    // MARK: - Carrying out

    private func look(_ demands: [Demand]) -> Plan.Look {
        let paths = demands.pathsToWalk
        // Who looks at nothing sees nothing that is out of date.
        guard !paths.isEmpty else { return Plan.Look(walks: [], epoch: 0) }
        let epoch = state.withLock { $0.plan.epoch }
        return Plan.Look(walks: paths.map(walk), epoch: epoch)
    }

    private func carryOut(_ decision: Decision) { hand(perform(decision)) }

    private func hand(_ steps: some Sequence<Step>) {
        for step in steps { threads.run { [self] in take(step) } }
    }

    /// Carries out everything but what needs a thread, which it returns.
    private func perform(_ decision: Decision) -> [Step] {
        setAlarm(decision.alarm)
        var steps: [Step] = []
        var rest = decision.deeds[...]
        while let deed = rest.popFirst() {
            switch deed {
            case .look(let call):
                let more = lookAgain(call)
                setAlarm(more.alarm)
                rest += more.deeds
            case .step(let step): steps.append(step)
            case .signal(let job): job.signal()
            case .kill(let job): job.kill()
            case .giveBack(let claim): claim.giveBack()
            case .tell(let teller): steps += teller.speak()
            case .answer(let answer): answer()
            }
        }
        return steps
    }

    private func lookAgain(_ call: CallNumber) -> Decision {
        guard let job = job(call) else { return .nothing }
        let look = look(job.demands)
        return state.withLock { $0.decide { $0.looked(call, look, now: $1) } }
    }

    /// Takes a step on this thread, and then, one after another, what it let through: a successor on the same thread costs no
    /// wake-up.
    private func take(_ first: Step) {
        var next: Step? = first
        while let step = next {
            let decision =
                switch step {
                case .lock(let call, let locks, let queues): lock(call, locks, queues: queues)
                case .run(let grant): run(grant)
                }
            var steps = perform(decision)[...]
            next = steps.popFirst()
            hand(steps)
        }
    }

    private func run(_ grant: Grant) -> Decision {
        let call = grant.call
        let done = jobThatStarts(call).map { (job: $0, result: $0.run(grant)) }
        // Other processes first: the next call of this one would only find the ranges taken.
        if fence != nil { state.withLock({ $0.processClaims.removeValue(forKey: call) })?.giveBack() }
        return state.withLock { state in
            guard let (job, result) = done else { return state.decide { $0.finished(call, now: $1) } }
            let outcome = state.plan.outcome(of: call, returning: result)
            let isAbandoned = state.jobs[call] == nil
            let answers = isAbandoned && guards.has(.oneAnswer) ? [] : [state.answer(call, job, outcome)]
            var decision = state.decide { $0.finished(call, now: $1) }
            decision.deeds = answers + decision.deeds
            return decision
        }
    }

    /// Nil for a call that was given up on, and answered, before its thread came to it, or while it told of the start.
    private func jobThatStarts(_ call: CallNumber) -> (any Job)? {
        let job = job(call)
        guard job?.observe != nil else { return job }
        tell(.started, of: call)
        return self.job(call)
    }

    // MARK: - Other processes

    /// Nobody's directories are changed so often by accident.
    private static let mostAttempts = 8

    /// Tries to keep other processes out, and then looks what the paths mean: from then on they mean that.
    private func lock(_ call: CallNumber, _ locks: [Lock], queues: Bool) -> Decision {
        let (known, kept) = state.withLock { ($0.jobs[call], $0.processClaims.removeValue(forKey: call)) }
        guard let job = known, let fence else {
            kept?.giveBack()
            return .nothing
        }
        let claim = kept ?? fence.locks.claim(of: call, tool: job.tool)
        do throws(ProcessLockFailure) {
            for _ in 0..<Self.mostAttempts {
                if let blockage = try claim.attempt(locks, queues: queues) {
                    // Its place in the queue, and its age, are kept too while another call tries for it.
                    return report(claim, of: call, keepingIf: { $0.isWaiting(call) }) { plan, now in
                        plan.blocked(
                            call, by: blockage.blockade(names), at: blockage.place, since: blockage.since, now: now)
                    }
                }
                let look = look(job.demands)
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

    private func cannotLock(_ call: CallNumber, _ claim: ProcessClaim, _ why: String) -> Decision {
        report(claim, of: call, keepingIf: { _ in false }) { $0.cannotLock(call, why: why, now: $1) }
    }

    /// Tells the plan, and keeps the claim if the plan says so; all in one step, so that nobody tries meanwhile.
    private func report(
        _ claim: ProcessClaim, of call: CallNumber, keepingIf isKept: (Plan) -> Bool,
        _ event: (inout Plan, UInt64) -> [Plan.Action]
    ) -> Decision {
        let (decision, keeps) = state.withLock { state in
            let decision = state.decide(event)
            let keeps = isKept(state.plan)
            if keeps { state.processClaims[call] = claim }
            return (decision, keeps)
        }
        if !keeps { claim.giveBack() }
        return decision
    }

    private func setAlarm(_ time: UInt64?) {
        guard let time else { return }
        alarms.set(self, by: time) { [weak self] in self?.ring() }
    }

    private func ring() {
        carryOut(
            state.withLock { state in
                state.alarm = nil
                return state.decide { $0.tick(now: $1) }
            })
    }

    private func job(_ call: CallNumber) -> (any Job)? {
        state.withLock { $0.jobs[call] }
    }
}

extension ProcessClaim.Blockage {
    fileprivate func blockade(_ names: PathNames) -> Blockade {
        Blockade(resource: names.words(for: lock), mode: Mode(lock.mode), holder: holder)
    }
}
