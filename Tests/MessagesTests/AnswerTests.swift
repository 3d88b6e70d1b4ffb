import Calls
import Messages
import StrictJSON
import Testing

private let png: Outcome.Content = .data(mime: "image/png", [1, 2, 3, 4])
private let archive: Outcome.Content = .data(mime: "application/zip", [1])

/// What a pair's format answers to its first call when that has ended so.
private func answer(_ pair: Pair, _ outcome: Outcome) throws -> JSON {
    let parsed = try parse(pair.message)
    let rest = repeatElement(Pair.done, count: parsed.turn.calls.count - 1)
    let rendered = parsed.render(outcomes: [outcome] + rest)
    return switch pair.format {
    case .openai, .responses, .jsonl: rendered[0]
    case .anthropic: (rendered[0]["content"] ?? .null)[0]
    case .gemini: (rendered[0]["parts"] ?? .null)[0]
    }
}

extension JSON {
    fileprivate subscript(place: Int) -> JSON { array?[place] ?? .null }
}

@Test(
    "the text says whether a call that did not succeed ran",
    arguments: [
        (Outcome.Kind.failed, "no such file"), (.refused, "refused: no such file (it did not run)"),
        (.cancelled, "cancelled: no such file (it did not run)"),
        (.interrupted, "interrupted: no such file (effects unknown)"),
        (.timedOut, "timed out: no such file (effects unknown)"), (.crashed, "crashed: no such file (effects unknown)"),
        (.violated, "violated: no such file (effects unknown)"),
    ])
func verdicts(kind: Outcome.Kind, text: String) throws {
    let outcome = Outcome(kind, message: "no such file\nhelp: name another")
    let expected = JSON.string(text + "\nhelp: name another")
    #expect(try answer(.chat, outcome)["content"] == expected)
    #expect(try answer(.responses, outcome)["output"] == expected)
    #expect(try answer(.anthropic, outcome)["content"] == expected)
    #expect(try answer(.anthropic, outcome)["is_error"] == true)
    #expect(try answer(.gemini, outcome)["functionResponse"]?["response"] == ["error": expected])
    #expect(try answer(.lines, outcome)["text"] == expected)
    #expect(try answer(.lines, outcome)["started"] == .bool(outcome.started))
    #expect(try answer(.chat, Outcome(kind))["content"]?.string?.isEmpty == false)
}

@Test("what a call said before it failed is kept")
func contentOfAFailure() throws {
    let outcome = Outcome(.failed, content: [.text("line 1\n"), .text("line 2")], message: "exit status 1")
    #expect(try answer(.chat, outcome)["content"] == "exit status 1\nline 1\nline 2")
    let blocks = try answer(.anthropic, outcome)["content"]?.array?.map { $0["text"] }
    #expect(blocks == ["exit status 1", "line 1\n", "line 2"])
}

@Test("a structured result without text is told as its JSON")
func structured() throws {
    let outcome = Outcome(.succeeded, structured: ["n": 1])
    #expect(try answer(.chat, outcome)["content"] == #"{"n":1}"#)
    #expect(try answer(.lines, outcome)["structured"] == ["n": 1])
    let both = Outcome(.succeeded, content: [.text("one")], structured: ["n": 1])
    #expect(try answer(.chat, both)["content"] == "one")
}

@Test("images go where a format takes them")
func images() throws {
    let outcome = Outcome(.succeeded, content: [.text("a picture"), png])
    let source: JSON = ["type": "base64", "media_type": "image/png", "data": "AQIDBA=="]
    #expect(
        try answer(.anthropic, outcome)["content"]
            == [["type": "text", "text": "a picture"], ["type": "image", "source": source]])
    #expect(
        try answer(.responses, outcome)["output"] == [
            ["type": "input_text", "text": "a picture"],
            ["type": "input_image", "image_url": "data:image/png;base64,AQIDBA=="],
        ])
    let response = try answer(.gemini, outcome)["functionResponse"]
    #expect(response?["response"] == ["output": "a picture"])
    #expect(response?["parts"] == [["inlineData": ["mimeType": "image/png", "data": "AQIDBA=="]]])
    let spelled = Outcome(.succeeded, content: [.data(mime: "image/PNG; q=1", [1, 2, 3, 4])])
    #expect(try answer(.anthropic, spelled)["content"] == [["type": "image", "source": source]])
    let block: JSON = ["type": "image", "data": "AQIDBA==", "mimeType": "image/png"]
    #expect(try answer(.lines, outcome)["content"]?[1] == block)
}

@Test("what a format cannot carry is left out in words")
func leftOut() throws {
    let left = "[left out: application/zip, 1 bytes; "
    for pair in Pair.all where pair.format != .jsonl {
        #expect(try answer(pair, Outcome(.succeeded, content: [archive])).text.contains(left))
    }
    #expect(
        try answer(.chat, Outcome(.succeeded, content: [png]))["content"]?.string?.contains("image/png, 4 bytes")
            == true)
}

@Test("text of another type than plain is text")
func otherText() throws {
    let csv = Outcome(.succeeded, content: [.data(mime: "text/csv; charset=utf-8", Array("a,b".utf8))])
    #expect(try answer(.chat, csv)["content"] == "a,b")
    let broken = Outcome(.succeeded, content: [.data(mime: "text/csv", [0xFF])])
    #expect(try answer(.chat, broken)["content"]?.string?.contains("left out: text/csv") == true)
}

@Test("Anthropic is never sent a text that it refuses")
func blankText() throws {
    let empty = try answer(.anthropic, Outcome(.succeeded, content: [.text("")]))
    #expect(empty["content"] == nil && empty["tool_use_id"] == "toolu_1")
    let blank = try answer(.anthropic, Outcome(.succeeded, content: [.text(" \n")]))
    #expect(blank["content"] == [["type": "text", "text": "(only white space)"]])
    #expect(try answer(.chat, Outcome(.succeeded))["content"] == "")
}

@Test("Base64 agrees with RFC 4648's examples")
func base64() throws {
    let examples = [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")]
    for (plain, encoded) in examples + [("foobar", "Zm9vYmFy")] {
        let outcome = Outcome(.succeeded, content: [.data(mime: "image/gif", Array(plain.utf8))])
        #expect(try answer(.lines, outcome)["content"]?[0]["data"] == .string(encoded))
    }
    let all = Outcome(.succeeded, content: [.data(mime: "image/gif", [0xFB, 0xEF, 0xFF])])
    #expect(try answer(.lines, all)["content"]?[0]["data"] == "++//")
}

@Test("output is one JSON document; of JSON Lines a line for each call")
func output() throws {
    for pair in Pair.all {
        let text = String(decoding: try parse(pair.message).output(outcomes: pair.outcomes), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.last == "")
        #expect(lines.count - 1 == (pair.format == .jsonl ? pair.outcomes.count : 1))
        for line in lines.dropLast() { #expect(throws: Never.self) { try JSONParser.parse(String(line)) } }
    }
}
