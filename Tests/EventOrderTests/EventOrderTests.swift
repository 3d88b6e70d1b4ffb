import Calls
import Interlock
import Testing

/// A call's events by a letter: ingested, narrowed, granted, started, progress (with a digit), released, ended, and cancelled
/// or refused before it started.
private func event(_ letter: Character, place: Int) -> Event {
    let kind: Event.Kind =
        switch letter {
        case "i": .ingested(waitsFor: [])
        case "n": .narrowed(waitsFor: [])
        case "g": .granted
        case "s": .started
        case "r": .released(claim: 0)
        case "e": .ended(Outcome(.failed), .advisory)
        case "c": .ended(Outcome(.cancelled), nil)
        default: .progress(done: Double(letter.wholeNumberValue ?? 0), total: 0, message: "")
        }
    return Event(
        call: CallNumber(UInt64(place) + 1), place: place, turn: TurnNumber(1), time: 0, kind: kind)
}

private func letter(_ event: Event) -> String {
    switch event.kind {
    case .ingested: "i"
    case .narrowed: "n"
    case .granted: "g"
    case .blocked: "b"
    case .started: "s"
    case .released: "r"
    case .progress(let done, _, _): "\(Int(done))"
    case .ended(let outcome, _): outcome.started ? "e" : "c"
    }
}

/// What a reader gets, and whether it is the end.
private func read(_ order: inout EventOrder) -> (String, isOver: Bool) {
    var text = ""
    while true {
        switch order.next() {
        case .event(let event): text += letter(event)
        case .wait: return (text, false)
        case .end: return (text, true)
        }
    }
}

@Suite struct EventOrderTests {
    @Test(
        "the events of a call come in its order, whichever was told first",
        arguments: [
            ("igse", "igse"), ("gsie", "igse"), ("sgi1e", "igs1e"), ("1gsire", "igs1re"),
            ("ingse", "ingse"), ("nigse", "ingse"), ("in2gs1e", "ings1e"), ("ic", "ic"), ("igc", "igc"), ("c", "c"),
        ])
    func ofOneCall(told: String, read expected: String) {
        var order = EventOrder()
        for letter in told { order.tell(event(letter, place: 0)) }
        order.close(after: 1)
        let (text, isOver) = read(&order)
        #expect(text == expected && isOver, "\(text)")
    }

    @Test(
        "a call's end is told and is the last, whatever was lost on the way to it",
        arguments: [("e", "e"), ("gse", "gse"), ("sge", "gse"), ("ise", "ise"), ("1sgne", "gs1e"), ("gec", "ge")])
    func lost(told: String, read expected: String) {
        var order = EventOrder()
        for letter in told { order.tell(event(letter, place: 0)) }
        order.close(after: 1)
        #expect(read(&order) == (expected, true))
    }

    @Test(
        "what comes too late to say anything is left out",
        arguments: [
            ("igsen", "igse"), ("esgi", "e"), ("igsne", "igse"), ("ci", "c"), ("icgs", "ic"), ("igse1", "igse"),
        ])
    func late(told: String, read expected: String) {
        var order = EventOrder()
        for letter in told { order.tell(event(letter, place: 0)) }
        order.close(after: 1)
        #expect(read(&order) == (expected, true))
    }

    @Test("of progress that nobody has read yet the newest is kept, and nothing else is lost")
    func progress() {
        var order = EventOrder()
        for letter in "igs123r45" { order.tell(event(letter, place: 0)) }
        #expect(read(&order) == ("igs3r5", false))
        for letter in "678e" { order.tell(event(letter, place: 0)) }
        order.close(after: 1)
        #expect(read(&order) == ("8e", true))
    }

    @Test("calls do not hold each other up")
    func severalCalls() {
        var order = EventOrder()
        order.tell(event("s", place: 0))
        for letter in "igs1" { order.tell(event(letter, place: 1)) }
        order.tell(event("2", place: 1))
        #expect(read(&order) == ("igs2", false))
        for letter in "ig" { order.tell(event(letter, place: 0)) }
        #expect(read(&order) == ("igs", false))
    }

    @Test("it is over when every call has ended and no more may come, and not before")
    func end() {
        var order = EventOrder()
        #expect(read(&order) == ("", false))
        order.tell(event("c", place: 0))
        #expect(read(&order) == ("c", false))
        order.close(after: 2)
        #expect(read(&order) == ("", false))
        order.tell(event("c", place: 2))
        #expect(read(&order) == ("", false))
        order.tell(event("c", place: 1))
        #expect(read(&order) == ("c", true))
        var empty = EventOrder()
        empty.close(after: 0)
        #expect(read(&empty) == ("", true))
    }
}
