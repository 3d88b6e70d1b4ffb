import Calls
import StrictJSON

/// Gemini: `functionCall` parts in, one content of `functionResponse` parts out. Ids are optional there.
enum GeminiShape: MessageShape {
    static func candidates(in root: JSON) throws(MessageFailure) -> Candidates {
        if let list = root["candidates"] {
            var messages: [[Item]] = []
            for candidate in try items(list, at: "/candidates") {
                let content = try object(candidate)["content"] ?? [:]
                messages.append(try parts(of: Item(value: content, pointer: candidate.pointer + "/content")))
            }
            return .alternatives(messages)
        }
        var messages: [[Item]] = []
        for content in try self.messages(in: root, member: "contents") ?? [Item(value: root, pointer: "")] {
            messages.append(try parts(of: content))
        }
        return .conversation(messages)
    }

    private static func parts(of content: Item) throws(MessageFailure) -> [Item] {
        try items(try object(content)["parts"], at: content.pointer + "/parts")
    }

    /// The REST interface writes names in camelCase, the Python library's dumps in snake_case and with nulls.
    private static func member(_ camel: String, _ snake: String, of part: JSON) -> JSON? {
        [part[camel], part[snake]].compactMap { $0 }.first { $0 != .null }
    }

    static func isAnswer(_ item: Item) -> Bool {
        member("functionResponse", "function_response", of: item.value) != nil
    }

    static func call(in item: Item) throws(MessageFailure) -> AskedCall? {
        let part = JSON.object(try object(item))
        guard let call = member("functionCall", "function_call", of: part) else { return nil }
        let pointer = item.pointer + "/functionCall"
        guard let call = call.object else {
            return AskedCall(broken: "a call is an object; found \(call.kindInWords)", at: pointer)
        }
        return AskedCall(
            id: call["id"], name: call["name"], arguments: .inPlace(call["args"]), at: pointer)
    }

    static func render(_ answers: [Answer]) -> [JSON] {
        if answers.isEmpty { return [] }
        return [["role": "user", "parts": .array(answers.map(response))]]
    }

    /// What a function's response may carry beside JSON.
    private static let inlined: Set = ["image/png", "image/jpeg", "image/webp", "application/pdf"]

    private static func response(_ answer: Answer) -> JSON {
        var response = JSONObject()
        response["id"] = answer.asked.id
        response["name"] = .string(answer.asked.name)
        var parts = AnswerParts(answer.outcome)
        let inline = parts.removeData(inlined.contains)
        let member = answer.outcome.kind == .succeeded ? "output" : "error"
        response["response"] = .object(JSONObject([(member, .string(parts.text(carrier: "a function response")))]))
        if !inline.isEmpty {
            response["parts"] = .array(
                inline.map { mime, bytes in
                    ["inlineData": ["mimeType": .string(mime), "data": .string(Base64.encode(bytes))]]
                })
        }
        return ["functionResponse": .object(response)]
    }
}
