import Calls
import Interlock
import Testing

/// A call's events by a letter: started, progress (with a digit), released, ended.
private func event(_ letter: Character, place: Int) -> Event {
    let kind: Event.Kind =
        switch letter {
        case "s": .started
        case "r": .released(claim: 0)
        case "e": .ended(Outcome(.failed), .advisory)
        default: .progress(done: Double(letter.wholeNumberValue ?? 0), total: 0, message: "")
        }
    return Event(
        call: CallNumber(UInt64(place) + 1), place: place, turn: TurnNumber(1), time: 0, kind: kind)
}

private func letter(_ event: Event) -> String {
    switch event.kind {
    case .started: "s"
    case .released: "r"
    case .progress(let done, _, _): "\(Int(done))"
    case .ended: "e"
    case .ingested, .narrowed, .granted, .blocked: "?"
    }
}

/// What a reader gets, and whether it is the end.
private func read(_ pending: inout PendingEvents) -> (String, isOver: Bool) {
    var text = ""
    while true {
        switch pending.next() {
        case .event(let event): text += letter(event)
        case .wait: return (text, false)
        case .end: return (text, true)
        }
    }
}

@Suite struct PendingEventsTests {
    @Test("of progress that nobody has read yet the newest is kept, and nothing else is lost")
    func progress() {
        var pending = PendingEvents()
        for letter in "s123r45" { pending.tell(event(letter, place: 0)) }
        #expect(read(&pending) == ("s3r5", false))
        for letter in "678e" { pending.tell(event(letter, place: 0)) }
        pending.close(after: 1)
        #expect(read(&pending) == ("8e", true))
    }

    @Test("each call has its own newest progress, in the place of its older one")
    func severalCalls() {
        var pending = PendingEvents()
        for (letter, place) in [("s", 0), ("1", 0), ("s", 1), ("2", 1), ("3", 0), ("4", 1), ("e", 0)] {
            pending.tell(event(Character(letter), place: place))
        }
        #expect(read(&pending) == ("s3s4e", false))
        pending.tell(event("5", place: 1))
        #expect(read(&pending) == ("5", false))
    }

    @Test("it is over when every call has ended and no more may come, and not before")
    func end() {
        var pending = PendingEvents()
        #expect(read(&pending) == ("", false))
        pending.tell(event("e", place: 0))
        #expect(read(&pending) == ("e", false))
        pending.close(after: 2)
        #expect(read(&pending) == ("", false))
        pending.tell(event("e", place: 2))
        #expect(read(&pending) == ("", false))
        pending.tell(event("e", place: 1))
        #expect(read(&pending) == ("e", true))
        var empty = PendingEvents()
        empty.close(after: 0)
        #expect(read(&empty) == ("", true))
    }
}
