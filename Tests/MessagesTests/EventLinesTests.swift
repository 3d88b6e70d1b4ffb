import Calls
import Messages
import StrictJSON
import Testing

@Test("events are told with ids, and times from the turn's first")
func events() {
    var lines = EventLines()
    let first = Call(id: "a", tool: "write", arguments: .text(""))
    let second = Call(id: "b", tool: "read", arguments: .text(""))
    func event(_ place: Int, _ time: UInt64, _ kind: Event.Kind) -> Event {
        Event(call: CallNumber(UInt64(10 + place)), place: place, turn: TurnNumber(1), time: time, kind: kind)
    }
    let ingested = lines.json(event(0, 500, .ingested(waitsFor: [])), call: first)
    #expect(
        ingested == [
            "event": "ingested", "nanoseconds": 0, "place": 0, "number": 10, "id": "a", "tool": "write", "waitsFor": [],
        ])
    let obstacles = [
        Obstacle(call: CallNumber(10), resource: "a.txt", mode: .exclusive),
        Obstacle(call: CallNumber(3), resource: "names in src/", mode: .shared),
    ]
    let waiting = lines.json(event(1, 700, .ingested(waitsFor: obstacles)), call: second)
    #expect(waiting["nanoseconds"] == 200)
    #expect(
        waiting["waitsFor"] == [
            ["number": 10, "id": "a", "resource": "a.txt", "mode": "exclusive"],
            ["number": 3, "resource": "names in src/", "mode": "shared"],
        ])
    let outcome = Outcome(.cancelled, message: "by the user")
    let ended = lines.json(event(1, 900, .ended(outcome, .kernel)), call: second)
    #expect(ended["outcome"] == "cancelled" && ended["started"] == false && ended["enforcement"] == "kernel")
    #expect(ended["text"] == "cancelled: by the user (it did not run)")
    #expect(lines.json(event(0, 400, .granted), call: first)["nanoseconds"] == 0)
}

@Test("progress that JSON cannot write is left out")
func progress() {
    var lines = EventLines()
    let call = Call(id: "a", tool: "t", arguments: .text(""))
    func json(_ done: Double, _ total: Double) -> JSON {
        let kind = Event.Kind.progress(done: done, total: total, message: "m")
        return lines.json(Event(call: CallNumber(1), place: 0, turn: TurnNumber(1), time: 0, kind: kind), call: call)
    }
    #expect(json(1, 4)["done"] == 1 && json(1, 4)["total"] == 4)
    #expect(json(.nan, .infinity)["done"] == nil && json(.nan, .infinity)["total"] == nil)
    #expect(json(2, 0)["total"] == nil)
}
