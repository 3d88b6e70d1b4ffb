import Calls
import Scheduling
import System

/// One turn in a host: calls go in, in the model's order; each gets exactly one outcome.
///
/// Thread-safe, but the order of ``ingest(_:)`` is the turn's order, so it is for one caller at a time. A turn that nobody
/// holds any more goes on: only ``cancel()``, or the host's ``Host/stop()``, ends its calls early.
public final class RunningTurn: Sendable {
    private struct State {
        /// By place; nil as long as, or because, the call is not in the scheduler.
        var calls: [CallNumber?] = []
        /// By place.
        var outcomes: [Int: Outcome] = [:]
        var waiting: [Int: [CheckedContinuation<Outcome, Never>]] = [:]
        var unsettled = 0
        var isCancelled = false
        var isClosed = false

        /// The answer to a call that comes now; nil when it may run.
        var answer: Outcome? {
            if isCancelled { return Outcome(.cancelled, message: RunningTurn.cancelled) }
            return isClosed ? Outcome(.refused, message: "the turn takes no more calls") : nil
        }
    }

    /// The turn's number in its host.
    public let number: TurnNumber
    let host: Host
    /// The host's, or that of a parent call whose grant this turn runs inside.
    let scheduler: Scheduler
    let observe: (@Sendable (Event) -> Void)?
    private let state = Guarded(State())

    init(_ host: Host, _ scheduler: Scheduler, observing observe: (@Sendable (Event) -> Void)?) {
        self.host = host
        self.scheduler = scheduler
        number = scheduler.numbers.nextTurn()
        self.observe = observe
    }

    /// Enters the turn's next call, which starts as soon as it may, and does not wait for it.
    ///
    /// Looks at the file system; so it may take a moment, but not the time of any call. After ``cancel()`` a call is taken
    /// and ends as cancelled at once.
    ///
    /// - Returns: The call's place in the turn, from 0.
    @discardableResult
    public func ingest(_ call: Call) -> Int {
        let (place, isFirst, closed) = state.withLock { state in
            state.calls.append(nil)
            state.unsettled += 1
            return (state.calls.count - 1, state.unsettled == 1, state.answer)
        }
        let isOpen = !isFirst || host.turns.enter(self)
        if let answer = closed ?? (isOpen ? nil : Outcome(.cancelled, message: "the host has stopped")) {
            turnAway(place, answer)
            return place
        }
        enter(call, at: place)
        return place
    }

    private func enter(_ call: Call, at place: Int) {
        // Inside a parent's grant the policy's keys are not to be had, and the parent has taken them already.
        switch host.takeIn(call, turn: scheduler === host.scheduler ? number : nil) {
        case .refused(let why): turnAway(place, Outcome(.refused, message: why))
        case .taken(let served, let arguments, let demands):
            scheduler.submit(HostedCall(served, arguments: arguments, demands: demands, in: self, at: place))
        }
    }

    /// The call is in the scheduler, and ``cancel()`` reaches it. If that came before: why it must not start.
    func entered(_ call: CallNumber, at place: Int) -> String? {
        state.withLock { state in
            state.calls[place] = call
            return state.isCancelled && host.guards.has(.cancelDuringIngest) ? Self.cancelled : nil
        }
    }

    /// Answers a call that does not get as far as the lock table.
    private func turnAway(_ place: Int, _ outcome: Outcome) {
        observe?(
            Event(
                call: scheduler.numbers.nextCall(), place: place, turn: number, time: monotonicNow(),
                kind: .ended(outcome, nil)))
        settle(place, outcome)
    }

    /// Cancels every call that has not ended: those that wait never start, those that run are asked to stop. Returns at
    /// once; each call still gets its outcome, a running one at the latest when the deployment's
    /// ``Deployment/Limits/grace`` is over.
    public func cancel() {
        let calls = state.withLock { state in
            state.isCancelled = true
            return state.calls.compactMap { $0 }
        }
        // The last first: a call that is let through by its predecessor's end should be gone by then.
        for call in calls.reversed() { scheduler.cancel(call, why: Self.cancelled) }
    }

    /// Takes no more calls.
    ///
    /// - Returns: How many there are.
    func close() -> Int {
        state.withLock { state in
            state.isClosed = true
            return state.calls.count
        }
    }

    /// A call's outcome, when it has ended. Cancelling the task that waits here changes nothing.
    ///
    /// - Precondition: `place` is what ``ingest(_:)`` returned.
    public func outcome(of place: Int) async -> Outcome {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Outcome? in
                if let outcome = state.outcomes[place] { return outcome }
                state.waiting[place, default: []].append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// The outcomes of all calls that were ingested so far, in the turn's order, when all have ended. Cancelling the task
    /// that waits here changes nothing.
    public func outcomes() async -> [Outcome] {
        var outcomes: [Outcome] = []
        for place in 0..<state.withLock({ $0.calls.count }) { outcomes.append(await outcome(of: place)) }
        return outcomes
    }

    func settle(_ place: Int, _ outcome: Outcome) {
        let (waiting, isLast) = state.withLock { state in
            precondition(state.outcomes[place] == nil, "a call got two outcomes")
            state.outcomes[place] = outcome
            state.unsettled -= 1
            return (state.waiting.removeValue(forKey: place) ?? [], state.unsettled == 0)
        }
        for continuation in waiting { continuation.resume(returning: outcome) }
        if isLast { host.turns.leave(self) }
    }

    private static let cancelled = "the turn was cancelled"
}
