import Calls
import StrictJSON

/// OpenAI Responses: output items in, one `…_call_output` item for each call out.
enum ResponsesShape: MessageShape {
    static let callTypes: Set = ["function_call", "custom_tool_call"]
    static let answerTypes: Set = ["function_call_output", "custom_tool_call_output"]

    static func candidates(in root: JSON) throws(MessageFailure) -> Candidates {
        // An item by itself; a custom call has an "input" of its own.
        if callTypes.contains(root["type"]?.string ?? "") { return .conversation([[Item(value: root, pointer: "")]]) }
        let member = root["output"] == nil ? "input" : "output"
        return .conversation(turns(of: try messages(in: root, member: member) ?? [Item(value: root, pointer: "")]))
    }

    /// A list of items has no messages: what the model made in a row is one, whatever others put between ends it.
    private static func turns(of items: [Item]) -> [[Item]] {
        items.reduce(into: [[]]) { turns, item in
            let isModels = !isAnswer(item) && ["assistant", nil].contains(item.value["role"]?.string)
            if isModels { turns[turns.count - 1].append(item) } else { turns += [[item], []] }
        }
    }

    static func isAnswer(_ item: Item) -> Bool { answerTypes.contains(item.value["type"]?.string ?? "") }

    static func call(in item: Item) throws(MessageFailure) -> AskedCall? {
        let object = try object(item)
        switch object["type"]?.string {
        case "function_call":
            return AskedCall(
                id: object["call_id"], name: object["name"], arguments: .encoded(object["arguments"]),
                at: item.pointer)
        case "custom_tool_call":
            return AskedCall(
                id: object["call_id"], name: object["name"], arguments: .freeText(object["input"]), isCustom: true,
                at: item.pointer)
        default: return nil
        }
    }

    static func render(_ answers: [Answer]) -> [JSON] {
        answers.map { answer in
            var item = JSONObject([
                ("type", answer.asked.isCustom ? "custom_tool_call_output" : "function_call_output")
            ])
            item["call_id"] = answer.asked.id
            item["output"] = output(AnswerParts(answer.outcome))
            return .object(item)
        }
    }

    private static let images: Set = ["image/png", "image/jpeg", "image/webp", "image/gif"]

    private static func output(_ parts: AnswerParts) -> JSON {
        guard parts.hasData(images.contains) else { return .string(parts.text(carrier: "a tool's output")) }
        return .array(
            parts.pieces.map { piece in
                switch piece {
                case .data(let mime, let bytes) where images.contains(mime):
                    ["type": "input_image", "image_url": .string("data:\(mime);base64,\(Base64.encode(bytes))")]
                default: ["type": "input_text", "text": .string(piece.words(carrier: "a tool's output"))]
                }
            })
    }
}
