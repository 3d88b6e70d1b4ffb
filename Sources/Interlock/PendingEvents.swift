import Calls
import DequeModule

/// The events of a turn that nobody has asked for yet, in the order in which they were told, and whether more may come. Pure.
///
/// Of the progress that a call makes only the newest is kept, so that a reader who is slow costs no more memory than the turn
/// has calls.
package struct PendingEvents {
    package enum Next {
        case event(Event)
        case wait, end
    }

    private var events: Deque<Event> = []
    /// How many events were taken.
    private var taken = 0
    /// By the call's place: where its newest event is in the count of all, if that is progress.
    private var progress: [Int: Int] = [:]
    private var ended = 0
    /// How many calls the turn has; nil as long as more may come.
    private var count: Int?

    package init() {}

    /// Takes an event in. Those of one call must come in their order, with one end, and that the last.
    package mutating func tell(_ event: Event) {
        if let count, event.place >= count { return }
        let older = progress.removeValue(forKey: event.place)
        switch event.kind {
        case .progress:
            if let older, older >= taken {
                events[older - taken] = event
                progress[event.place] = older
                return
            }
            progress[event.place] = taken + events.count
        case .ended: ended += 1
        case .ingested, .narrowed, .granted, .blocked, .started, .released: break
        }
        events.append(event)
    }

    /// The turn has this many calls, and no more.
    package mutating func close(after count: Int) {
        self.count = self.count ?? count
    }

    /// The next event, if it is known.
    package mutating func next() -> Next {
        if let event = events.popFirst() {
            taken += 1
            return .event(event)
        }
        return count.map { ended >= $0 } ?? false ? .end : .wait
    }
}
