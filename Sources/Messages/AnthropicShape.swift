import Calls
import StrictJSON

/// Anthropic: `tool_use` blocks in, one user message of `tool_result` blocks out.
enum AnthropicShape: MessageShape {
    static func candidates(in root: JSON) throws(MessageFailure) -> Candidates {
        if root["type"]?.string == "tool_use" { return .conversation([[Item(value: root, pointer: "")]]) }
        let elements = try self.messages(in: root, member: "messages") ?? [Item(value: root, pointer: "")]
        // A message's content by itself.
        if elements.contains(where: { $0.value["type"]?.string == "tool_use" }) { return .conversation([elements]) }
        var messages: [[Item]] = []
        for element in elements { messages.append(try blocks(of: element)) }
        return .conversation(messages)
    }

    private static func blocks(of message: Item) throws(MessageFailure) -> [Item] {
        let object = try object(message)
        if object["content"]?.string != nil { return [] }
        return try items(object["content"], at: message.pointer + "/content")
    }

    static func isAnswer(_ item: Item) -> Bool { item.value["type"]?.string == "tool_result" }

    static func call(in item: Item) throws(MessageFailure) -> AskedCall? {
        let object = try object(item)
        guard object["type"]?.string == "tool_use" else { return nil }
        return AskedCall(
            id: object["id"], name: object["name"], arguments: .inPlace(object["input"]), at: item.pointer)
    }

    static func render(_ answers: [Answer]) -> [JSON] {
        if answers.isEmpty { return [] }
        return [["role": "user", "content": .array(answers.map(result))]]
    }

    private static func result(_ answer: Answer) -> JSON {
        var block = JSONObject([("type", "tool_result")])
        block["tool_use_id"] = answer.asked.id
        let parts = AnswerParts(answer.outcome)
        let pieces = parts.pieces.map(content)
        if answer.outcome.kind == .succeeded {
            // The API refuses an empty text, and takes a missing content.
            if !pieces.isEmpty { block["content"] = .array(pieces) }
        } else {
            let plain = pieces.count == 1 ? pieces[0]["text"] : nil
            block["content"] = plain ?? .array(pieces)
            block["is_error"] = true
        }
        return .object(block)
    }

    private static let blocks = [
        "image/png": "image", "image/jpeg": "image", "image/gif": "image", "image/webp": "image",
        "application/pdf": "document",
    ]

    private static func content(_ piece: Outcome.Content) -> JSON {
        if case .data(let mime, let bytes) = piece, let type = blocks[mime] {
            let source: JSON = ["type": "base64", "media_type": .string(mime), "data": .string(Base64.encode(bytes))]
            return ["type": .string(type), "source": source]
        }
        let text = piece.words(carrier: "a tool result")
        // The API refuses a text of white space alone.
        let isBlank = text.utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
        return ["type": "text", "text": .string(isBlank ? "(only white space)" : text)]
    }
}
