import Calls
import DequeModule

/// Puts the events of a turn in order, and keeps them until they are asked for. Pure.
///
/// They are told by several threads, so that one may overtake another: a call's start may be told before its ingest is. What
/// comes too early is held back, what comes too late to say anything is left out. A call's end waits for nothing: what has
/// not been told by then may never be, for the scheduler forgets a call when it has ended. Of the progress that a call makes only the
/// newest is kept, so that a reader who is slow costs no more memory than the turn has calls.
package struct EventOrder {
    private enum Stage: Int, Comparable {
        case unknown, ingested, granted, started, ended
        static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
    }

    private struct CallState {
        var stage = Stage.unknown
        /// What came too early.
        var held: [Event] = []
        /// Where its newest event is in the count of all, if that is progress.
        var progress: Int?
    }

    package enum Next {
        case event(Event)
        case wait, end
    }

    private var calls: [Int: CallState] = [:]
    private var ready: Deque<Event> = []
    /// How many events were taken from `ready`.
    private var taken = 0
    private var ended = 0
    /// How many calls the turn has; nil as long as more may come.
    private var count: Int?

    package init() {}

    /// Takes an event in.
    package mutating func tell(_ event: Event) {
        if let count, event.place >= count { return }
        var state = calls[event.place] ?? CallState()
        calls[event.place] = nil  // Moved out, so that it is changed in place.
        state.held.append(event)
        if case .ended = event.kind {
            // In their order, with the end as the last.
            state.held.sort { Self.stages(of: $0.kind).upperBound < Self.stages(of: $1.kind).upperBound }
            for event in state.held where state.stage < .ended && state.stage <= Self.stages(of: event.kind).upperBound
            {
                add(event, &state)
            }
            state.held = []
        }
        while let next = state.held.firstIndex(where: { Self.stages(of: $0.kind).lowerBound <= state.stage }) {
            let event = state.held.remove(at: next)
            if Self.stages(of: event.kind).contains(state.stage) { add(event, &state) }
        }
        calls[event.place] = state
    }

    /// The turn has this many calls, and no more.
    package mutating func close(after count: Int) {
        self.count = self.count ?? count
    }

    /// The next event, if it is known.
    package mutating func next() -> Next {
        if let event = ready.popFirst() {
            taken += 1
            return .event(event)
        }
        return count.map { ended >= $0 } ?? false ? .end : .wait
    }

    private mutating func add(_ event: Event, _ state: inout CallState) {
        let isProgress = if case .progress = event.kind { true } else { false }
        if isProgress, let older = state.progress, older >= taken {
            ready[older - taken] = event
            return
        }
        state.progress = isProgress ? taken + ready.count : nil
        ready.append(event)
        switch event.kind {
        case .ingested: state.stage = .ingested
        case .granted: state.stage = .granted
        case .started: state.stage = .started
        case .ended:
            state = CallState(stage: .ended)
            ended += 1
        case .narrowed, .blocked, .progress, .released: break
        }
    }

    /// How far a call must be, and may be, for an event of it to say something.
    private static func stages(of kind: Event.Kind) -> ClosedRange<Stage> {
        switch kind {
        case .ingested: .unknown ... .unknown
        case .narrowed, .granted: .ingested ... .ingested
        case .blocked, .started: .granted ... .granted
        case .progress, .released: .started ... .started
        case .ended: .unknown ... .ended
        }
    }
}
