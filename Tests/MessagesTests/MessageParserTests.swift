import Calls
import Messages
import StrictJSON
import Testing

@Test("every format is read and answered in its own shape", arguments: Pair.all)
func pairs(pair: Pair) throws {
    for format in [nil, pair.format] {
        let parsed = try parse(pair.message, format)
        #expect(parsed.format == pair.format)
        #expect(parsed.turn.calls.count == pair.outcomes.count)
        #expect(JSON.array(parsed.render(outcomes: pair.outcomes)) == (try JSONParser.parse(pair.answer)))
    }
}

@Test("names, ids and arguments arrive as the model wrote them")
func callsOfAPair() throws {
    let parsed = try parse(Pair.chat.message)
    #expect(parsed.turn.calls.map(\.id) == ["call_1", "call_2", "call_3"])
    #expect(parsed.turn.calls.map(\.tool) == ["read_file", "edit_file", "apply_patch"])
    #expect(parsed.argumentsText(1) == #"{"path":"a.txt","old":"x","new":"y"}"#)
    guard case .text("*** Begin Patch") = parsed.turn.calls[2].arguments else {
        Issue.record("a custom call's input is free text")
        return
    }
}

@Test("the exact text of encoded arguments is kept, also its spaces")
func exactText() throws {
    let text = #"{ \"n\" : 1.50 }"#
    let parsed = try parse(#"{"tool_calls":[{"id":"a","function":{"name":"t","arguments":"\#(text)"}}]}"#)
    #expect(parsed.argumentsText(0) == #"{ "n" : 1.50 }"#)
}

@Test(
    "whole responses and conversations lead to the one message with calls",
    arguments: [
        ##"{"choices":[{"index":0,"finish_reason":"tool_calls","message":M}]}"##,
        ##"[{"role":"user","content":"go"},M]"##,
        ##"{"model":"m","messages":[{"role":"user","content":"go"},M]}"##,
        ##"[{"role":"assistant","tool_calls":[{"id":"old","function":{"name":"x"}}]},"##
            + ##"{"role":"tool","tool_call_id":"old","content":""},M]"##,
        ##"[M,{"role":"assistant","content":"a later text"}]"##,
        ##"{"choices":[{"message":{"role":"assistant","content":"a text"}},{"message":M}]}"##,
    ])
func wrapped(wrapper: String) throws {
    let message =
        #"{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"t","arguments":"{}"}}]}"#
    let wrapped = wrapper.split(separator: "M", omittingEmptySubsequences: false).joined(separator: message)
    #expect(try parse(wrapped).turn.calls.map(\.id) == ["c"])
}

@Test(
    "the same of Responses, Anthropic and Gemini",
    arguments: [
        #"{"object":"response","output":[{"type":"web_search_call","id":"w"},"#
            + #"{"type":"message","role":"assistant","content":[]},"#
            + #"{"type":"function_call","call_id":"c","name":"t","arguments":"{}"}]}"#,
        #"{"input":[{"role":"user","content":"go"},{"type":"function_call","call_id":"b","name":"t","arguments":"{}"},"#
            + #"{"type":"function_call_output","call_id":"b","output":""},"#
            + #"{"type":"function_call","call_id":"c","name":"t","arguments":"{}"}]}"#,
        #"{"stop_reason":"tool_use","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},"#
            + #"{"type":"tool_use","id":"c","name":"t","input":{}}]}"#,
        #"[{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"t"}]}]"#,
        #"{"type":"tool_use","id":"c","name":"t","input":{}}"#,
        #"{"candidates":[{"content":{"role":"model","parts":[{"text":"a"},{"functionCall":{"id":"c","name":"t"}}]}}]}"#,
        #"{"parts":[{"text":null,"function_call":{"id":"c","name":"t","args":{}},"#
            + #""function_response":null,"functionCall":null}]}"#,
        #"{"contents":[{"role":"user","parts":[{"text":"go"}]},"#
            + #"{"parts":[{"functionCall":{"id":"c","name":"t","args":null}}]}]}"#,
    ])
func wrappedElsewhere(text: String) throws {
    let parsed = try parse(text)
    #expect(parsed.turn.calls.map(\.id) == ["c"])
    #expect(parsed.argumentsText(0) == "{}")
}

@Test(
    "calls that have been answered are not run again",
    arguments: [
        #"[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"t"}}]},"#
            + #"{"role":"tool","tool_call_id":"a","content":""}]"#,
        #"[{"type":"function_call","call_id":"a","name":"t"},"#
            + #"{"type":"function_call_output","call_id":"a","output":""}]"#,
        #"[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t","input":{}}]},"#
            + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]"#,
        #"[{"role":"model","parts":[{"functionCall":{"name":"t"}}]},"#
            + #"{"role":"user","parts":[{"functionResponse":{"name":"t","response":{}}}]}]"#,
    ])
func answered(text: String) throws {
    let failure = try #require(throws: MessageFailure.self) { try parse(text) }
    #expect(failure.what == "the calls have been answered already")
}

@Test("of Responses items, what the model made in a row is one turn; what others put between ends it")
func turnsOfItems() throws {
    func ids(_ between: String) throws -> [String] {
        let calls = ["a", "b"].map { #"{"type":"function_call","call_id":"\#($0)","name":"t","arguments":"{}"}"# }
        return try parse("[\(calls[0]),\(between),\(calls[1])]").turn.calls.map(\.id)
    }
    #expect(try ids(#"{"type":"message","role":"assistant","content":[]}"#) == ["a", "b"])
    #expect(try ids(#"{"type":"reasoning","summary":[]}"#) == ["a", "b"])
    #expect(try ids(#"{"role":"user","content":"go on"}"#) == ["b"])
}

@Test("two choices with calls are the caller's to decide")
func choices() throws {
    let call = #"{"message":{"tool_calls":[{"id":"a","function":{"name":"t"}}]}}"#
    let failure = try #require(throws: MessageFailure.self) { try parse(#"{"choices":[\#(call),\#(call)]}"#) }
    #expect(failure.place == "/choices/1/message/tool_calls/0")
}

@Test(
    "a message without calls has an empty answer",
    arguments: [
        #"{"role":"assistant","content":"done"}"#, #"{"output":[{"type":"message","role":"assistant","content":[]}]}"#,
        #"{"stop_reason":"end_turn","content":[{"type":"text","text":"done"}]}"#,
        #"{"role":"model","parts":[{"text":"done"}]}"#,
    ])
func noCalls(text: String) throws {
    #expect(try parse(text).render(outcomes: []) == [])
}

// MARK: Faults of one call

@Test(
    "arguments that are not valid JSON answer that call, with the place; its siblings run",
    arguments: [
        (#"{\"path\": \"a"#, "line 1, column 10"), (#"{\"a\":1,\"a\":2}"#, "twice"), ("[1]", "found an array"),
        ("NaN", "expected a value"),
        (#"{\"n\":1e400}"#, "too large"), (#"{\"s\":\"\\ud800\"}"#, "surrogate"),
    ])
func badArguments(arguments: String, reason: String) throws {
    let bad = #"{"id":"a","type":"function","function":{"name":"t","arguments":"\#(arguments)"}}"#
    let good = #"{"id":"b","type":"function","function":{"name":"t","arguments":"{}"}}"#
    let parsed = try parse(#"{"tool_calls":[\#(bad),\#(good)]}"#)
    #expect(parsed.turn.calls.map(\.id) == ["a", "b"])
    #expect(parsed.fault(0)?.contains(reason) == true)
    #expect(parsed.fault(1) == nil)
}

@Test("empty arguments are an empty object", arguments: [#""""#, #"" \n""#, "null", "{}"])
func emptyArguments(arguments: String) throws {
    let parsed = try parse(#"{"tool_calls":[{"id":"a","function":{"name":"t","arguments":\#(arguments)}}]}"#)
    #expect(parsed.argumentsText(0) == "{}")
}

@Test(
    "a call with a part missing or of a wrong type is answered under its id",
    arguments: [
        (#"{"tool_calls":[{"id":"a","type":"function"}]}"#, "names no tool"),
        (#"{"tool_calls":[{"id":"a","type":"function","function":{"name":7}}]}"#, "found a number"),
        (#"{"tool_calls":[{"id":"a","type":"odd"}]}"#, #"type "odd""#),
        (#"{"tool_calls":[{"id":"a","type":"custom","custom":{"name":"t","input":{}}}]}"#, "found an object"),
        (#"{"output":[{"type":"function_call","call_id":"a","arguments":"{}"}]}"#, "names no tool"),
        (#"{"content":[{"type":"tool_use","id":"a","name":"t","input":"x"}]}"#, "found a string"),
        (#"{"content":[{"type":"tool_use","id":"a","name":"","input":{}}]}"#, "an empty string"),
        (#"{"parts":[{"functionCall":{"id":"a","name":"t","args":[]}}]}"#, "found an array"),
    ])
func brokenCall(text: String, reason: String) throws {
    let parsed = try parse(text)
    #expect(parsed.turn.calls.map(\.id) == ["a"])
    #expect(parsed.fault(0)?.contains(reason) == true)
    #expect(parsed.answer(Outcome(.refused, message: "x")).text.contains(#""a""#))
}

@Test("a call without a usable id is answered in its place, without one")
func noIds() throws {
    let parsed = try parse(#"{"tool_calls":[null,{"function":{"name":"t"}},{"id":{},"function":{"name":"t"}}]}"#)
    #expect(parsed.turn.calls.map(\.id) == ["1", "2", "3"])
    #expect(parsed.fault(0)?.contains("found null") == true)
    #expect(parsed.fault(1) == nil)
    #expect(parsed.fault(2)?.contains("id is an object") == true)
    let answers = parsed.render(outcomes: [Pair.done, Pair.done, Pair.done])
    #expect(answers.count == 3)
    #expect(answers.allSatisfy { $0["tool_call_id"] == nil })
}

@Test("calls with the same id are answered each in its place")
func repeatedIds() throws {
    let parsed = try parse(#"{"tool_calls":[{"id":"a","function":{"name":"t"}},{"id":"a","function":{"name":"u"}}]}"#)
    let outcomes = ["first", "second"].map { Outcome(.succeeded, content: [.text($0)]) }
    let answers = parsed.render(outcomes: outcomes)
    #expect(answers.map { $0["content"] } == ["first", "second"])
}

// MARK: Faults of the message

@Test(
    "a message that cannot be read says where and why",
    arguments: [
        ("{\n \"role\": }", "line 2, column 10", "expected a value"),
        (#"{"tool_calls":{}}"#, "/tool_calls", "expected an array"),
        (#"{"choices":[{"message":{"tool_calls":7}}]}"#, "/choices/0/message/tool_calls", "found a number"),
        (#"{"choices":[{}]}"#, "/choices/0/message", "found null"),
        (#"{"output":[{"type":"function_call"},7]}"#, "/output/1", "expected an object"),
        (#"{"stop_reason":"tool_use","content":[[]]}"#, "/content/0", "found an array"),
        (#"{"role":"model","parts":{}}"#, "/parts", "found an object"),
        (#"{"tool_calls":null,"role":"assistant","function_call":{"name":"t"}}"#, "/function_call", "old form"),
    ])
func brokenMessage(text: String, place: String, reason: String) throws {
    let failure = try #require(throws: MessageFailure.self) { try parse(text) }
    #expect(failure.place == place)
    #expect(failure.why.contains(reason))
}

@Test("a document has a size limit")
func size() throws {
    let bytes = [UInt8](repeating: 0x20, count: MessageParser.maximumBytes + 1)
    let failure = try #require(throws: MessageFailure.self) { try MessageParser.parse(bytes, format: nil) }
    #expect(failure.why.contains("limit"))
}
