import Calls

/// What is known of one turn's calls at some moment: its events, sorted by call. The picture and the totals are made from
/// it; nothing reads it back.
package struct Timeline: Sendable {
    /// One call: when it was in which state. Times are the events' own.
    package struct Row: Sendable {
        /// The place in the turn, from 0. People are shown `number`.
        package var place: Int
        package var label: CallLabel
        package var ingested: UInt64
        package var granted: UInt64?
        package var started: UInt64?
        package var ended: UInt64?
        package var outcome: Outcome?
        /// Whom it waited for, and on what, each said once.
        package var obstacles: [Obstacle] = []
        /// Which other processes it waited for, each said once.
        package var blockades: [Blockade] = []

        package var number: Int { place + 1 }
        package var isRunning: Bool { started != nil && ended == nil }
        package var isWaiting: Bool { started == nil && ended == nil }
    }

    /// In the turn's order.
    package private(set) var rows: [Row] = []
    /// The latest time that any event had: where the calls that have not ended stand.
    package private(set) var latest: UInt64 = 0
    private var indexByPlace: [Int: Int] = [:]
    private var indexByCall: [CallNumber: Int] = [:]

    package init() {}

    /// `calls` in the turn's order; events in any order, of one turn.
    package init(events: [Event], calls: [Call]) {
        for event in events.sorted(by: { $0.time < $1.time }) where calls.indices.contains(event.place) {
            record(event, of: calls[event.place])
        }
    }

    /// Takes the next event in; `call` is whose it is.
    package mutating func record(_ event: Event, of call: Call) {
        latest = max(latest, event.time)
        let index = index(of: event, call)
        switch event.kind {
        case .ingested(let obstacles), .narrowed(let obstacles):
            // It waits again, not for a slot.
            rows[index].granted = nil
            for obstacle in obstacles where !rows[index].obstacles.contains(obstacle) {
                rows[index].obstacles.append(obstacle)
            }
        case .granted: rows[index].granted = rows[index].granted ?? event.time
        case .blocked(let blockade):
            // It waits on, not for a slot.
            rows[index].granted = nil
            if !rows[index].blockades.contains(where: { $0.looksLike(blockade) }) {
                rows[index].blockades.append(blockade)
            }
        case .started: rows[index].started = rows[index].started ?? event.time
        case .ended(let outcome, _):
            rows[index].ended = rows[index].ended ?? event.time
            rows[index].outcome = rows[index].outcome ?? outcome
        case .progress, .released: break
        }
    }

    /// The row of a call of this turn; nil for calls of other turns.
    package func row(of call: CallNumber) -> Row? { indexByCall[call].map { rows[$0] } }

    private mutating func index(of event: Event, _ call: Call) -> Int {
        if let index = indexByPlace[event.place] { return index }
        let row = Row(place: event.place, label: CallLabel(call), ingested: event.time)
        // Calls come in their order, so that this is the end, but for events that overtook each other.
        let index = rows.lastIndex { $0.place < event.place }.map { $0 + 1 } ?? 0
        rows.insert(row, at: index)
        if index == rows.count - 1 {
            indexByPlace[event.place] = index
        } else {
            indexByPlace = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.place, $0) })
            for (number, old) in indexByCall where old >= index { indexByCall[number] = old + 1 }
        }
        indexByCall[event.call] = index
        return index
    }
}

extension Blockade {
    /// As far as a reader can tell them apart: of another process's calls the tool is shown, not the number.
    fileprivate func looksLike(_ other: Blockade) -> Bool {
        holder?.process == other.holder?.process && holder?.tool == other.holder?.tool && resource == other.resource
    }
}

extension Timeline.Row {
    /// Nanoseconds that it ran; until `now` when it still does.
    package func runTime(now: UInt64) -> UInt64 {
        guard let started else { return 0 }
        let end = ended ?? now
        return end > started ? end - started : 0
    }

    /// Nanoseconds from its ingest to its start, or to its end when it never started.
    package func waitTime(now: UInt64) -> UInt64 {
        let end = started ?? ended ?? now
        return end > ingested ? end - ingested : 0
    }
}
