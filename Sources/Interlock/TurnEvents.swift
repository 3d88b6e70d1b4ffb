import Calls
import System

/// The events of one turn, as they happen: an asynchronous sequence that ends when the turn has.
///
/// - Each call has exactly one `ended`, after which nothing comes of it; before that its events come in the order in which they
///   happened, and none is left out but for progress that newer progress replaced. Events of different calls come in the order
///   in which they were told, but for newer progress, which takes the place of the older.
/// - Nothing waits for the reader. If it is slow, the events are kept; of a call's progress only the newest.
/// - Cancelling the task that reads does not end the sequence: it ends with the turn, which the same cancellation ends early.
/// - One reader is meant. Of several, each gets some of the events.
public struct TurnEvents: AsyncSequence, Sendable {
    /// What comes out.
    public typealias Element = Event
    /// Nothing can go wrong.
    public typealias Failure = Never

    private struct State {
        var pending = PendingEvents()
        var waiting: [CheckedContinuation<Event?, Never>] = []
    }

    private let state = Guarded(State())

    init() {}

    func tell(_ event: Event) {
        update { $0.tell(event) }
    }

    /// The turn has this many calls, and no more.
    func close(after count: Int) {
        update { $0.close(after: count) }
    }

    private func update(_ body: (inout PendingEvents) -> Void) {
        let resumed = state.withLock { state in
            body(&state.pending)
            var resumed: [(reader: CheckedContinuation<Event?, Never>, event: Event?)] = []
            while let reader = state.waiting.first {
                switch state.pending.next() {
                case .event(let event): resumed.append((reader, event))
                case .end: resumed.append((reader, nil))
                case .wait: return resumed
                }
                state.waiting.removeFirst()
            }
            return resumed
        }
        for (reader, event) in resumed { reader.resume(returning: event) }
    }

    fileprivate func next() async -> Event? {
        await withCheckedContinuation { reader in
            let next = state.withLock { state in
                let next = state.pending.next()
                if case .wait = next { state.waiting.append(reader) }
                return next
            }
            switch next {
            case .event(let event): reader.resume(returning: event)
            case .end: reader.resume(returning: nil)
            case .wait: break
            }
        }
    }

    /// A reader.
    public func makeAsyncIterator() -> Iterator { Iterator(events: self) }

    /// Reads the events of a turn.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let events: TurnEvents

        /// The next event, when it happens; nil when the turn has ended.
        public func next() async -> Event? { await events.next() }

        /// The next event, when it happens; nil when the turn has ended.
        public func next(isolation actor: isolated (any Actor)?) async -> Event? { await events.next() }
    }
}
