import StrictJSON
import Testing

@Test("a value keeps the order of members and the spelling of numbers")
func spelling() throws {
    let text = #"{"b":1.50,"a":[1e2,-0,"é\n"],"c":{}}"#
    #expect(try JSONParser.parse(text).text == text)
}

@Test(
    "what other readers repair is refused, with its place",
    arguments: [
        (#"{"a":1,"a":2}"#, 1, 8, "twice"), (#"["\ud800"]"#, 1, 3, "surrogate"), ("[1e400]", 1, 2, "too large"),
        ("[\n  NaN]", 2, 3, "expected a value"), ("{} x", 1, 4, "nothing after"), (#"["a]"#, 1, 2, "not closed"),
        ("[01]", 1, 2, "begin with 0"), ("", 1, 1, "text ends"), ("[1,]", 1, 4, "expected a value"),
    ])
func refusals(text: String, line: Int, column: Int, reason: String) {
    #expect {
        _ = try JSONParser.parse(text)
    } throws: { error in
        guard let failure = error as? JSONParser.Failure else { return false }
        return failure.line == line && failure.column == column && failure.reason.contains(reason)
    }
}

@Test("invalid UTF-8 is refused, not replaced")
func invalidUTF8() {
    #expect(throws: JSONParser.Failure.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
}

@Test("nesting has a limit")
func depth() throws {
    let fits = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
    #expect(try JSONParser.parse(fits).array != nil)
    #expect(throws: JSONParser.Failure.self) { try JSONParser.parse("[" + fits + "]") }
    #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(String(repeating: "[", count: 1_000_000)) }
}

@Test("names and strings are compared by their bytes")
func bytes() throws {
    let twins = try JSONParser.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(twins.object?.count == 2)
    #expect(JSON.string("\u{E9}") != JSON.string("e\u{301}"))
}

@Test("numbers are equal by value")
func numbers() throws {
    #expect(try JSONParser.parse("[1.0,1e0,10e-1]") == [1, 1, 1])
    #expect(try JSONParser.parse("9007199254740993") != JSONParser.parse("9007199254740992"))
}

@Test("a pointer finds elements, and says where it finds nothing")
func pointers() throws {
    let root = try JSONParser.parse(#"{"edits":[{"path":"a"},{}],"a/b":{"~":1},"n":[]}"#)
    #expect(JSONPointer("/edits/[]/path").values(in: root) == [.string("a"), nil])
    #expect(JSONPointer("/a~1b/~0").values(in: root) == [1])
    #expect(JSONPointer("/n/[]").values(in: root) == [])
    #expect(JSONPointer("/n/[]/x/[]").values(in: root) == [])
    #expect(JSONPointer("").values(in: root) == [root])
    #expect(throws: JSONPointer.Malformed.self) { try JSONPointer(String("a")) }
}
