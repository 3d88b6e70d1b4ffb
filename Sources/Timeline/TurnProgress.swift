import Calls

/// How far a turn is, in one line.
package struct TurnProgress: Sendable {
    private enum State: Sendable {
        case waiting, running, done
    }

    private var states: [Int: State] = [:]
    package private(set) var running = 0
    package private(set) var waiting = 0
    package private(set) var done = 0
    /// What a running call said last.
    private var message = ""

    package init() {}

    /// Takes the next event in; true when the line has changed.
    package mutating func record(_ event: Event) -> Bool {
        // Not the whole: a turn may have a hundred thousand calls, and more events.
        let before = (running, waiting, done, message)
        switch event.kind {
        case .ingested: enter(event.place, .waiting)
        case .started: enter(event.place, .running)
        case .ended:
            enter(event.place, .done)
            message = ""
        case .progress(let done, let total, let text): message = Self.words(done, total, text)
        case .narrowed, .granted, .blocked, .released: break
        }
        return (running, waiting, self.done, message) != before
    }

    /// "3 running, 2 waiting, 5 done", and what is running.
    package func line(width: Int) -> String {
        let counts = "\(running) running, \(waiting) waiting, \(done) done"
        return Terminal.truncated(message.isEmpty ? counts : "\(counts) - \(message)", to: width, "..")
    }

    private mutating func enter(_ place: Int, _ state: State) {
        count(states[place], by: -1)
        states[place] = state
        count(state, by: 1)
    }

    private mutating func count(_ state: State?, by step: Int) {
        switch state {
        case .waiting: waiting += step
        case .running: running += step
        case .done: done += step
        case nil: break
        }
    }

    private static func words(_ done: Double, _ total: Double, _ text: String) -> String {
        let text = Printable.text(text)
        guard total > 0, done >= 0, done <= total else { return text }
        return "\(Int(done / total * 100)) %" + (text.isEmpty ? "" : " \(text)")
    }
}
