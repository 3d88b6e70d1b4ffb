import Calls
import Messages
import StrictJSON
import Testing

private func call(_ text: String) -> CallLine {
    CallLine(JSONLinesReader.Line(number: 7, content: .text(Array(text.utf8))))
}

private func fault(_ line: CallLine) -> String? {
    if case .malformed(let reason) = line.call.arguments { reason } else { nil }
}

@Test(
    "a call's line takes the ways in which people write it",
    arguments: [
        #"{"id":"a","tool":"t","arguments":{"n":1}}"#, #"{"id":"a","name":"t","arguments":{"n":1}}"#,
        #"{"arguments":"{\"n\":1}","tool":"t","id":"a"}"#,
    ])
func spellings(text: String) throws {
    let line = call(text)
    #expect(line.call.id == "a" && line.call.tool == "t")
    guard case .json(let value, let text) = line.call.arguments else {
        Issue.record("expected arguments")
        return
    }
    #expect(value == ["n": 1] && text == #"{"n":1}"#)
}

@Test("an id is given back as it came; without one the line's number serves")
func ids() {
    #expect(call(#"{"id":12,"tool":"t"}"#).answer(Pair.done)["id"] == 12)
    #expect(call(#"{"id":"12","tool":"t"}"#).answer(Pair.done)["id"] == "12")
    #expect(call(#"{"tool":"t"}"#).answer(Pair.done)["id"] == 7)
    #expect(call(#"{"tool":"t"}"#).call.id == "7")
}

@Test(
    "a broken line is a call to refuse, and says why",
    arguments: [
        ("{\"id\":\"a\",", "not valid JSON"), ("[1]", "found an array"), ("{}", "names no tool"),
        (#"{"id":"a","tool":"t","args":{}}"#, #"unknown member "args""#),
        (#"{"tool":"t","arguments":"{"}"#, "not valid JSON"),
        (#"{"tool":"t","name":"u"}"#, "one is enough"), (#"{"tool":"t","id":[]}"#, "id is an array"),
        ("\u{FEFF}{}", "not valid JSON"),
    ])
func broken(text: String, reason: String) {
    #expect(fault(call(text))?.contains(reason) == true)
    #expect(call(text).answer(Outcome(.refused, message: "x"))["line"] == 7)
}

@Test("a broken line keeps its id when it has one, and the others run")
func others() throws {
    let parsed = try parse(
        "{\"tool\":\"t\"}\nnot json\n\n{\"id\":\"c\",\"tool\":\"t\",\"x\":1}\n{\"tool\":\"t\"}", .jsonl)
    #expect(parsed.turn.calls.map(\.id) == ["1", "2", "c", "5"])
    #expect((0..<4).map { parsed.fault($0) == nil } == [true, false, false, true])
}

@Test("a line over the limit is refused by its number")
func overLimit() {
    let line = CallLine(JSONLinesReader.Line(number: 3, content: .tooLong(limit: 5)))
    #expect(fault(line) == "the line is longer than 5 bytes, at line 3")
    #expect(line.answer(Outcome(.refused, message: "x"))["id"] == 3)
}

@Test("a call over several lines is read when the format is not named")
func severalLines() throws {
    let parsed = try parse("{\n  \"tool\": \"t\",\n  \"arguments\": {}\n}\n")
    #expect(parsed.format == .jsonl && parsed.turn.calls.map(\.tool) == ["t"] && parsed.fault(0) == nil)
}
