import Calls
import Locking
import ProcessLocks
import System

extension Scheduler {
    /// What needs a thread of its own.
    enum Step {
        case lock(CallNumber, [Lock], queues: Bool)
        case run(Grant)
    }

    enum Deed {
        case look(CallNumber)
        case step(Step)
        case signal(any Job)
        case kill(any Job)
        case giveBack(ProcessClaim)
        /// There is something to be told of a call that is observed.
        case tell(Teller<Step>)
        /// The answer to a call that is not.
        case answer(@Sendable () -> Void)
    }

    /// What a decision comes to, outside the lock.
    struct Decision {
        /// When time is next of use, if that is sooner than anybody would ring. Set first: who is told something may take his
        /// time.
        var alarm: UInt64?
        var deeds: [Deed] = []

        static let nothing = Decision()
    }

    /// What is decided under the scheduler's lock. What is to be told of a call is put in line there too, so that it is told in
    /// the order in which it was decided, and told even if the call has ended when somebody comes to it.
    struct State {
        var plan: Plan
        private(set) var jobs: [CallNumber: any Job] = [:]
        /// Of the calls that somebody wants to know of.
        private var tellers: [CallNumber: Teller<Step>] = [:]
        /// What calls hold, or queue for, between processes. Who works with one has taken it out of here.
        var processClaims: [CallNumber: ProcessClaim] = [:]
        /// When the alarm is set to ring; it may ring early, never late.
        var alarm: UInt64?

        init(plan: Plan) {
            self.plan = plan
        }

        mutating func add(_ job: any Job, as call: CallNumber) {
            jobs[call] = job
            if job.observe != nil { tellers[call] = Teller() }
        }

        mutating func decide(_ event: (inout Plan, UInt64) -> [Plan.Action]) -> Decision {
            var decision = Decision()
            for action in event(&plan, monotonicNow()) { add(action, to: &decision.deeds) }
            if let time = plan.nextDeadline, time < alarm ?? .max {
                alarm = time
                decision.alarm = time
            }
            return decision
        }

        private mutating func add(_ action: Plan.Action, to deeds: inout [Deed]) {
            switch action {
            case .look(let call): deeds.append(.look(call))
            case .lock(let call, let locks, let queues): deeds.append(.step(.lock(call, locks, queues: queues)))
            case .start(let grant):
                // Behind the news of it: a call does not run before it was granted.
                guard let teller = tellers[grant.call] else { return deeds.append(.step(.run(grant))) }
                teller.putInLine { .run(grant) }
                deeds.append(.tell(teller))
            case .settle(let call, let outcome):
                if let claim = processClaims.removeValue(forKey: call) { deeds.append(.giveBack(claim)) }
                if let job = jobs[call] { deeds.append(answer(call, job, outcome)) }
            case .signal(let call): if let job = jobs[call] { deeds.append(.signal(job)) }
            case .kill(let call): if let job = jobs[call] { deeds.append(.kill(job)) }
            case .abandon(let call, let outcome):
                if let job = jobs[call] { deeds.append(answer(call, job, outcome, isAbandoned: true)) }
            case .note(let call, let kind): if let teller = news(of: call, kind) { deeds.append(.tell(teller)) }
            }
        }
    }
}

extension Scheduler.State {
    /// Puts an event in line; nil if nobody wants to know.
    func news(of call: CallNumber, _ kind: Event.Kind) -> Teller<Scheduler.Step>? {
        guard let teller = tellers[call], let job = jobs[call], let observe = job.observe else { return nil }
        let event = job.event(call, kind)
        let isProgress = if case .progress = kind { true } else { false }
        teller.putInLine(isProgress: isProgress) {
            observe(event)
            return nil
        }
        return teller
    }

    /// Puts a call's one answer in line, after which it has no job. What was given up counts for nothing from then on.
    mutating func answer(
        _ call: CallNumber, _ job: any Job, _ outcome: Outcome, isAbandoned: Bool = false
    ) -> Scheduler.Deed {
        jobs[call] = nil
        let event = job.event(call, .ended(outcome, outcome.enforcement))
        let answer: @Sendable () -> Void = {
            if isAbandoned { job.abandon() }
            job.observe?(event)
            job.settle(outcome)
        }
        guard let teller = tellers.removeValue(forKey: call) else { return .answer(answer) }
        teller.putInLine {
            answer()
            return nil
        }
        return .tell(teller)
    }
}

extension Job {
    fileprivate func event(_ call: CallNumber, _ kind: Event.Kind) -> Event {
        Event(call: call, place: place, turn: turn, time: monotonicNow(), kind: kind)
    }
}
