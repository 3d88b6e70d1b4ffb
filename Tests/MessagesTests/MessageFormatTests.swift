import Messages
import StrictJSON
import Testing

@Test(
    "what people have at hand is recognised",
    arguments: [
        (#"{"role":"assistant","content":null,"tool_calls":[]}"#, MessageFormat.openai),
        (#"{"object":"chat.completion","choices":[{"message":{"role":"assistant","content":"hi"}}]}"#, .openai),
        (#"[{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"a"}]}]"#, .openai),
        (#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}"#, .openai),
        (#"{"model":"m","message":{"role":"assistant","tool_calls":[{"function":{"name":"t"}}]}}"#, .openai),
        (#"{"role":"assistant","content":"only text"}"#, .openai),
        (#"{"id":"resp_1","object":"response","output":[]}"#, .responses),
        (#"[{"type":"reasoning"},{"type":"function_call","call_id":"c","name":"t","arguments":"{}"}]"#, .responses),
        (#"{"type":"custom_tool_call","call_id":"c","name":"t","input":"x"}"#, .responses),
        (#"{"type":"message","role":"assistant","stop_reason":"tool_use","content":[]}"#, .anthropic),
        (#"{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t","input":{}}]}"#, .anthropic),
        (#"[{"type":"text","text":"a"},{"type":"tool_use","id":"a","name":"t","input":{}}]"#, .anthropic),
        (#"{"candidates":[{"content":{"role":"model","parts":[]}}]}"#, .gemini),
        (#"{"parts":[{"functionCall":{"name":"t"}}]}"#, .gemini),
        (#"{"tool":"t","arguments":{}}"#, .jsonl), (#"{"name":"t","arguments":{}}"#, .jsonl),
    ])
func recognised(text: String, format: MessageFormat) throws {
    #expect(try MessageFormat.detect(JSONParser.parse(text)) == format)
}

@Test("what is not recognised is told: what was looked for, and what was found")
func unrecognised() throws {
    let failure = try #require(throws: MessageFailure.self) { try parse(#"{"error":{"message":"overloaded"}}"#) }
    #expect(failure.why.contains(#"found an object with "error""#))
    for format in MessageFormat.allCases { #expect(failure.why.contains("(\(format.rawValue))")) }
    #expect(failure.description.hasPrefix("error: ") && failure.description.contains("\nhelp: "))
    #expect(throws: MessageFailure.self) { try parse("7") }
    #expect(throws: MessageFailure.self) { try parse("[]") }
}

@Test("signs of two formats in one document are ambiguous, until the format is named")
func ambiguous() throws {
    let both =
        #"{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"t"}}],"#
        + #""content":[{"type":"tool_use","id":"b","name":"u","input":{}}]}"#
    let failure = try #require(throws: MessageFailure.self) { try parse(both) }
    #expect(failure.what.contains("ambiguous") && failure.why.contains("anthropic") && failure.why.contains("openai"))
    #expect(try parse(both, .anthropic).turn.calls.map(\.tool) == ["u"])
}

@Test("a wrong format does not pass for a message without calls", arguments: MessageFormat.allCases)
func wrongFormat(named: MessageFormat) throws {
    for pair in Pair.all where pair.format != named && pair.format != .jsonl && named != .jsonl {
        #expect(throws: MessageFailure.self) { try parse(pair.message, named) }
    }
}

@Test("a line tells by itself that JSON Lines follow")
func openingLine() {
    #expect(MessageFormat.opensJSONLines(Array(#"{"tool":"t"}"#.utf8)))
    #expect(!MessageFormat.opensJSONLines(Array(#"{"role":"assistant","content":"x"}"#.utf8)))
    #expect(!MessageFormat.opensJSONLines(Array("{".utf8)))
}
