import Calls
import StrictJSON

/// OpenAI chat completions: `tool_calls` in, one message of role `tool` for each out.
enum ChatShape: MessageShape {
    static func candidates(in root: JSON) throws(MessageFailure) -> Candidates {
        if let choices = root["choices"] {
            var messages: [[Item]] = []
            for choice in try items(choices, at: "/choices") {
                let message = try object(choice)["message"] ?? .null
                messages.append(try parts(of: Item(value: message, pointer: choice.pointer + "/message")))
            }
            return .alternatives(messages)
        }
        if let message = root["message"] {
            return .conversation([try parts(of: Item(value: message, pointer: "/message"))])
        }
        var messages: [[Item]] = []
        for message in try self.messages(in: root, member: "messages") ?? [Item(value: root, pointer: "")] {
            messages.append(try parts(of: message))
        }
        return .conversation(messages)
    }

    /// A message's calls; a message that is itself an answer is its own only part.
    private static func parts(of message: Item) throws(MessageFailure) -> [Item] {
        let object = try object(message)
        if object["role"]?.string == "tool" { return [message] }
        if let legacy = object["function_call"], legacy != .null {
            throw MessageFailure(
                .outdated, "the message cannot be answered", at: message.pointer + "/function_call",
                why: "\"function_call\" is the API's old form, which has no ids",
                help: "a request with \"tools\" instead of \"functions\" is answered with \"tool_calls\"")
        }
        return try items(object["tool_calls"], at: message.pointer + "/tool_calls")
    }

    static func isAnswer(_ item: Item) -> Bool { item.value["role"]?.string == "tool" }

    /// Everything in `tool_calls` is ours to answer, readable or not.
    static func call(in item: Item) -> AskedCall? {
        if isAnswer(item) { return nil }
        guard let object = item.value.object else {
            return AskedCall(broken: "a call is an object; found \(item.value.kindInWords)", at: item.pointer)
        }
        // Some servers leave the type out.
        let type = object["type"] ?? (object["custom"] == nil ? "function" : "custom")
        switch type.string {
        case "function":
            let function = object["function"]
            return AskedCall(
                id: object["id"], name: function?["name"], arguments: .encoded(function?["arguments"]),
                at: item.pointer)
        case "custom":
            let custom = object["custom"]
            return AskedCall(
                id: object["id"], name: custom?["name"], arguments: .freeText(custom?["input"]), isCustom: true,
                at: item.pointer)
        default:
            let found = type.string.map(JSON.quoted) ?? type.kindInWords
            return AskedCall(
                broken: "the call's type \(found) is neither \"function\" nor \"custom\"", id: object["id"],
                at: item.pointer)
        }
    }

    static func render(_ answers: [Answer]) -> [JSON] {
        answers.map { answer in
            var message = JSONObject([("role", "tool")])
            message["tool_call_id"] = answer.asked.id
            message["content"] = .string(AnswerParts(answer.outcome).text(carrier: "a chat message"))
            return .object(message)
        }
    }
}
