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

    /// What a decision asks for, outside the lock.
    enum Deed {
        case look(CallNumber)
        case step(Step)
        case signal(Job)
        case kill(Job)
        case giveBack(ProcessClaim)
        /// There is something to be told of a call that is observed.
        case tell(Teller<Step>)
        /// The answer to a call that is not.
        case answer(@Sendable () -> Void)
    }

    /// What is decided under the scheduler's lock. What is to be told of a call is put in line there too, so that it is told in
    /// the order in which it was decided, and told even if the call has ended when somebody comes to it.
    struct State {
        var plan: Plan
        var jobs: [CallNumber: Job] = [:]
        /// What calls hold, or queue for, between processes. Who works with one has taken it out of here.
        var claims: [CallNumber: ProcessClaim] = [:]
        /// When the alarm is set to ring; it may ring early, never late.
        var alarm: UInt64?

        init(plan: Plan) {
            self.plan = plan
        }

        mutating func decide(_ event: (inout Plan, UInt64) -> [Plan.Action]) -> [Deed] {
            var deeds: [Deed] = []
            for action in event(&plan, monotonicNow()) { add(action, to: &deeds) }
            return deeds
        }

        private mutating func add(_ action: Plan.Action, to deeds: inout [Deed]) {
            switch action {
            case .look(let call): deeds.append(.look(call))
            case .lock(let call, let locks, let queues): deeds.append(.step(.lock(call, locks, queues: queues)))
            case .start(let grant):
                // Behind the news of it: a call does not run before it was granted.
                guard let teller = jobs[grant.call]?.teller else { return deeds.append(.step(.run(grant))) }
                teller.putInLine { .run(grant) }
                deeds.append(.tell(teller))
            case .settle(let call, let outcome):
                if let claim = claims.removeValue(forKey: call) { deeds.append(.giveBack(claim)) }
                guard let job = jobs.removeValue(forKey: call) else { return }
                deeds.append(job.answer(call, outcome))
            case .signal(let call): if let job = jobs[call] { deeds.append(.signal(job)) }
            case .kill(let call): if let job = jobs[call] { deeds.append(.kill(job)) }
            case .abandon(let call, let outcome):
                guard let job = jobs.removeValue(forKey: call) else { return }
                deeds.append(job.answer(call, outcome, isAbandoned: true))
            case .note(let call, let kind): if let teller = jobs[call]?.news(call, kind) { deeds.append(.tell(teller)) }
            }
        }
    }
}

extension Scheduler.Job {
    /// Puts an event in line; nil if nobody wants to know.
    func news(_ call: CallNumber, _ kind: Event.Kind) -> Teller<Scheduler.Step>? {
        guard let teller, let observe else { return nil }
        let event = event(call, kind)
        let isProgress = if case .progress = kind { true } else { false }
        teller.putInLine(isProgress: isProgress) {
            observe(event)
            return nil
        }
        return teller
    }

    /// Puts the call's one answer in line. What was given up counts for nothing from then on.
    func answer(
        _ call: CallNumber, _ outcome: Outcome, isAbandoned: Bool = false
    ) -> Scheduler.Deed {
        let event = event(call, .ended(outcome, outcome.enforcement))
        let (observe, settle, abandon) = (observe, settle, isAbandoned ? abandon : nil)
        let answer: @Sendable () -> Void = {
            abandon?()
            observe?(event)
            settle(outcome)
        }
        guard let teller else { return .answer(answer) }
        teller.putInLine {
            answer()
            return nil
        }
        return .tell(teller)
    }

    private func event(_ call: CallNumber, _ kind: Event.Kind) -> Event {
        Event(call: call, place: place, turn: turn, time: monotonicNow(), kind: kind)
    }
}
