import Calls
import Scheduling
import System

/// One turn in a host: calls go in, in the model's order; each gets exactly one outcome. Thread-safe, but the order of
/// `ingest` is the turn's order, so it is for one caller at a time.
package final class RunningTurn: Sendable {
    private struct State {
        var calls: [CallNumber?] = []
        var outcomes: [Outcome?] = []
        var waiting: [Int: [CheckedContinuation<Outcome, Never>]] = [:]
        var isCancelled = false
    }

    package let number: TurnNumber
    private let host: Host
    /// The host's, or that of a parent call whose grant this turn runs inside.
    private let scheduler: Scheduler
    private let observe: (@Sendable (Event) -> Void)?
    private let state = Guarded(State())

    init(_ host: Host, _ scheduler: Scheduler, observing observe: (@Sendable (Event) -> Void)?) {
        self.host = host
        self.scheduler = scheduler
        number = scheduler.numbers.nextTurn()
        self.observe = observe
    }

    /// Enters the turn's next call, which starts as soon as it may. Returns its place in the turn, from 0.
    @discardableResult
    package func ingest(_ call: Call) -> Int {
        let (place, isCancelled) = state.withLock { state in
            state.calls.append(nil)
            state.outcomes.append(nil)
            return (state.calls.count - 1, state.isCancelled)
        }
        if isCancelled {
            settle(place, Outcome(.cancelled, message: Self.cancelled))
            return place
        }
        let entered = host.submit(call, turn: number, place: place, to: scheduler, observing: observe) { [self] in
            settle(place, $0)
        }
        let cancelsAtOnce = state.withLock { state in
            state.calls[place] = entered
            return state.isCancelled
        }
        if cancelsAtOnce, let entered { scheduler.cancel(entered, why: Self.cancelled) }
        return place
    }

    /// Cancels every call that has not ended: those that wait never start, those that run are asked to stop.
    package func cancel() {
        let calls = state.withLock { state in
            state.isCancelled = true
            return state.calls.compactMap { $0 }
        }
        // The last first: a call that is let through by its predecessor's end should be gone by then.
        for call in calls.reversed() { scheduler.cancel(call, why: Self.cancelled) }
    }

    /// A call's outcome, when it has ended.
    package func outcome(of place: Int) async -> Outcome {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Outcome? in
                if let outcome = state.outcomes[place] { return outcome }
                state.waiting[place, default: []].append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// The outcomes of all calls that were ingested so far, in the turn's order, when all have ended.
    package func outcomes() async -> [Outcome] {
        var outcomes: [Outcome] = []
        for place in 0..<state.withLock({ $0.calls.count }) { outcomes.append(await outcome(of: place)) }
        return outcomes
    }

    private func settle(_ place: Int, _ outcome: Outcome) {
        let waiting = state.withLock { state in
            precondition(state.outcomes[place] == nil, "a call got two outcomes")
            state.outcomes[place] = outcome
            return state.waiting.removeValue(forKey: place) ?? []
        }
        for continuation in waiting { continuation.resume(returning: outcome) }
    }

    private static let cancelled = "the turn was cancelled"
}
