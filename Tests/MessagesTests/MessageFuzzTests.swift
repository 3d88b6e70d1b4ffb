import Calls
import Messages
import StrictJSON
import TestSupport
import Testing

/// Values that take another's place.
private let strangers: [JSON] = [
    .null, true, 0, -1, "", "x", "{\"a\":", "tool_use", "function_call", [], [[]], [:], ["type": "tool_use"],
    ["functionCall": 7], ["role": "tool"], "\u{0}\u{1F600}",
]

extension JSON {
    /// The value with some of its parts replaced, removed, doubled or moved.
    fileprivate func mutated(_ random: inout SeededGenerator, chance: UInt64 = 12) -> JSON {
        if random.next() % (chance * 3) == 0 { return strangers.randomElement(using: &random) ?? .null }
        switch self {
        case .array(var elements):
            elements = elements.map { $0.mutated(&random, chance: chance) }
            if random.next() % chance == 0, let one = elements.randomElement(using: &random) { elements.append(one) }
            if random.next() % chance == 0, !elements.isEmpty { elements.removeFirst() }
            if random.next() % chance == 0 { elements.shuffle(using: &random) }
            return .array(elements)
        case .object(let object):
            var result = JSONObject()
            for (name, value) in object.members where random.next() % (chance * 2) != 0 {
                result[name] = value.mutated(&random, chance: chance)
            }
            return .object(result)
        case .string(let text) where random.next() % chance == 0:
            return .string(String(text.prefix(Int(random.next() % 8))))
        default: return self
        }
    }
}

/// The text of the answer at each place, as the format has it.
private func texts(of answer: JSON, _ format: MessageFormat) -> [String?] {
    let list = answer.array ?? []
    switch format {
    case .openai: return list.map { $0["content"]?.string }
    case .responses: return list.map { $0["output"]?.string }
    case .anthropic:
        return (list.first?["content"]?.array ?? []).map { $0["content"]?.array?.first?["text"]?.string }
    case .gemini:
        return (list.first?["parts"]?.array ?? []).map { $0["functionResponse"]?["response"]?["output"]?.string }
    case .jsonl: return list.map { $0["text"]?.string }
    }
}

/// Each call gets one answer, and that is its own.
private func check(_ parsed: ParsedTurn, _ input: String) {
    let outcomes = parsed.turn.calls.indices.map { Outcome(.succeeded, content: [.text("answer \($0)")]) }
    let rendered = JSON.array(parsed.render(outcomes: outcomes))
    let expected = parsed.turn.calls.indices.map { Optional("answer \($0)") }
    #expect(texts(of: rendered, parsed.format) == expected, "input: \(input)")
    #expect(throws: Never.self) { try JSONParser.parse(rendered.bytes) }
}

@Test(
    "whatever a message has become, it is refused or each of its calls is answered once, in order", arguments: Pair.all)
func mutatedMessages(pair: Pair) throws {
    var random = SeededGenerator(seed: 2026)
    var read = 0
    var withCalls = 0
    for _ in 0..<1_500 {
        let roots =
            try pair.format == .jsonl
            ? pair.message.split(separator: "\n").map { try JSONParser.parse(String($0)) }
            : [JSONParser.parse(pair.message)]
        let text = roots.map { $0.mutated(&random).text }.joined(separator: "\n")
        for format in [nil, pair.format] {
            do throws(MessageFailure) {
                let parsed = try MessageParser.parse(Array(text.utf8), format: format)
                read += 1
                withCalls += parsed.turn.calls.isEmpty ? 0 : 1
                check(parsed, text)
            } catch {
                #expect(!error.why.isEmpty && !error.help.isEmpty && !error.place.isEmpty)
            }
        }
    }
    // The test tests something: many a mutation leaves a message.
    #expect(read > 750 && withCalls > 400)
}

@Test("bytes at random, and messages with bytes flipped or cut off, never crash", arguments: Pair.all)
func flippedBytes(pair: Pair) {
    var random = SeededGenerator(seed: 7)
    let original = Array(pair.message.utf8)
    for _ in 0..<1_500 {
        var bytes = original
        for _ in 0..<(1 + random.next() % 4) {
            bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
        }
        if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
        for format in [nil] + MessageFormat.allCases.map(Optional.some) {
            guard let parsed = try? MessageParser.parse(bytes, format: format) else { continue }
            check(parsed, String(decoding: bytes, as: UTF8.self))
        }
    }
}
