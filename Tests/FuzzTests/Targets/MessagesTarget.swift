import Calls
import Messages
import StrictJSON

/// A message is refused in words, or each of its calls is answered once, in order.
enum MessagesTarget {
    /// The first byte says in which format it is read.
    static func complaint(about bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let formats = [nil] + MessageFormat.allCases.map(Optional.some)
        let format = formats[Int(first) % formats.count]
        let parsed: ParsedTurn
        do throws(MessageFailure) {
            parsed = try MessageParser.parse(Array(bytes.dropFirst()), format: format)
        } catch {
            return [error.what, error.place, error.why, error.help].contains("") ? "a refusal without words" : nil
        }
        if let format, format != parsed.format { return "read as \(parsed.format), not as \(format)" }
        let outcomes = parsed.turn.calls.indices.map { Outcome(.succeeded, content: [.text("answer \($0)!")]) }
        let answer = JSON.array(parsed.render(outcomes: outcomes))
        let texts = answers(in: answer)
        let expected = parsed.turn.calls.indices.map { "answer \($0)!" }
        if texts != expected { return "\(expected.count) calls were answered with \(texts)" }
        return (try? JSONParser.parse(answer.bytes)) == answer ? nil : "the answer is not the JSON that it was"
    }

    /// The texts that the outcomes have, wherever a format puts them.
    private static func answers(in value: JSON) -> [String] {
        switch value {
        case .string(let text): text.hasPrefix("answer ") && text.hasSuffix("!") ? [text] : []
        case .array(let elements): elements.flatMap { answers(in: $0) }
        case .object(let object):
            object.members.filter {
                !["id", "call_id", "tool_call_id", "tool_use_id", "name", "tool"].contains($0.name)
            }
            .flatMap { answers(in: $0.value) }
        case .null, .bool, .number: []
        }
    }
}
