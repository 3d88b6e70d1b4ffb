import Calls
import StrictJSON

/// The front of the room: bytes become a turn.
///
///     bytes ─format→ MessageShape.calls ─→ [AskedCall] ─→ ParsedTurn ─outcomes→ MessageShape.render ─→ bytes
public enum MessageParser {
    /// A document beyond this is refused unread. (JSON Lines have a limit a line, and none in all.)
    public static let maximumBytes = 64 << 20

    /// Reads a whole document in UTF-8: one message, an API's response, or a conversation that ends with the message whose
    /// calls are to be run.
    ///
    /// A call that cannot be read is no failure of the message: it is part of the turn, and its outcome says why.
    ///
    /// - Parameter format: nil = recognise it.
    public static func parse(_ bytes: [UInt8], format: MessageFormat? = nil) throws(MessageFailure) -> ParsedTurn {
        if format == .jsonl { return parseLines(bytes) }
        guard bytes.count <= maximumBytes else {
            throw MessageFailure(
                .tooLarge, "the message is too large", at: "byte \(maximumBytes + 1)",
                why: "it has \(bytes.count) bytes, and the limit is \(maximumBytes)",
                help: "the input is one message, or JSON Lines with --format jsonl")
        }
        let root: JSON
        do throws(JSONParser.Failure) {
            root = try JSONParser.parse(bytes)
        } catch {
            if format == nil, startsWithCallLine(bytes) { return parseLines(bytes) }
            throw MessageFailure(
                .notJSON, "the message is not valid JSON", at: "line \(error.line), column \(error.column)",
                why: error.reason,
                help: "the input is what the model's API returned, unchanged")
        }
        return try parse(root, format: format)
    }

    /// The same for a document that has been read as JSON.
    public static func parse(_ root: JSON, format: MessageFormat? = nil) throws(MessageFailure) -> ParsedTurn {
        let detected: MessageFormat
        if let format { detected = format } else { detected = try MessageFormat.detect(root) }
        guard let shape = detected.shape else { return ParsedTurn(calls(in: root), format: .jsonl) }
        let calls = try shape.calls(in: root)
        // A wrong --format must not pass for a message without calls.
        if calls.isEmpty, let other = MessageFormat.contradiction(to: detected, in: root) { throw other }
        return ParsedTurn(calls, format: detected)
    }

    /// Calls of JSON Lines that were written over several lines, or as a list.
    private static func calls(in root: JSON) -> [AskedCall] {
        (root.array ?? [root]).enumerated().map { place, call in
            CallLine(JSONLinesReader.Line(number: place + 1, content: .text(call.bytes))).asked
        }
    }

    private static func startsWithCallLine(_ bytes: [UInt8]) -> Bool {
        var reader = JSONLinesReader()
        let end = bytes.firstIndex { $0 == UInt8(ascii: "\n") } ?? bytes.endIndex
        guard let first = reader.feed(bytes[..<end]).first ?? reader.finish(), case .text(let text) = first.content
        else {
            return false
        }
        return MessageFormat.opensJSONLines(text)
    }

    private static func parseLines(_ bytes: [UInt8]) -> ParsedTurn {
        var reader = JSONLinesReader()
        let lines = reader.feed(bytes[...]) + (reader.finish().map { [$0] } ?? [])
        return ParsedTurn(lines.map { CallLine($0).asked }, format: .jsonl)
    }
}

extension MessageFormat {
    /// Nil for JSON Lines, which are no document.
    var shape: (any MessageShape.Type)? {
        switch self {
        case .openai: ChatShape.self
        case .responses: ResponsesShape.self
        case .anthropic: AnthropicShape.self
        case .gemini: GeminiShape.self
        case .jsonl: nil
        }
    }
}

/// A turn, with what is needed to answer it in the shape in which it came.
public struct ParsedTurn: Sendable {
    /// The message's calls. None if it has only text.
    public let turn: Turn
    /// The shape in which they came.
    public let format: MessageFormat
    private let asked: [AskedCall]

    init(_ asked: [AskedCall], format: MessageFormat) {
        self.asked = asked
        self.format = format
        turn = Turn(calls: asked.enumerated().map { $1.call(place: $0) })
    }

    /// The answers: what to append to the conversation. OpenAI's APIs want a message or item for each call, Anthropic's and
    /// Gemini's one message for all; of JSON Lines it is a line for each.
    ///
    /// They hold no times, so that identical runs give identical conversations.
    ///
    /// - Precondition: `outcomes` has one for each call of the turn, in its order, as ``Host/run(_:observing:)`` returns them.
    public func render(outcomes: [Outcome]) -> [JSON] {
        precondition(outcomes.count == asked.count, "every call is answered exactly once")
        let answers = zip(asked, outcomes).map { Answer(asked: $0, outcome: $1) }
        return format.shape?.render(answers) ?? answers.map(CallLine.answer)
    }

    /// The same as bytes to write: one JSON document and a line feed; for JSON Lines a line for each call.
    ///
    /// - Precondition: As of ``render(outcomes:)``.
    public func output(outcomes: [Outcome]) -> [UInt8] {
        let rendered = render(outcomes: outcomes)
        let documents = format == .jsonl ? rendered : [.array(rendered)]
        return documents.flatMap { $0.bytes + [UInt8(ascii: "\n")] }
    }
}
