import StrictJSON

/// The shapes in which calls come and answers go.
public enum MessageFormat: String, CaseIterable, Sendable {
    /// OpenAI chat completions.
    case openai
    /// OpenAI Responses.
    case responses
    /// Anthropic messages.
    case anthropic
    /// Gemini contents.
    case gemini
    /// Interlock's own: one call a line, one answer a line.
    case jsonl

    /// What gives a format away, in words, for the message when nothing does.
    private var signs: String {
        switch self {
        case .openai: "\"tool_calls\" or \"choices\""
        case .responses: "\"output\", or items of type \"function_call\""
        case .anthropic: "\"stop_reason\", or content blocks of type \"tool_use\""
        case .gemini: "\"candidates\" or \"parts\""
        case .jsonl: "\"tool\" with \"arguments\""
        }
    }

    /// The format of a whole document: one message, an API's response, or a list of messages.
    package static func detect(_ root: JSON) throws(MessageFailure) -> MessageFormat {
        let found = evidence(in: root)
        if found.count > 1 {
            let signs = found.sorted { $0.rawValue < $1.rawValue }.map { "\($0.rawValue) (\($0.signs))" }
            throw MessageFailure(
                .unknownFormat, "the format is ambiguous", at: "/",
                why: "it has the signs of " + signs.joined(separator: " and of "),
                help: "--format NAME says which one is meant")
        }
        if let format = found.first { return format }
        // Text alone looks the same in two formats; it has no calls, so the answer is the same too.
        let messages = root["messages"]?.array ?? root.array ?? [root]
        if messages.contains(where: { $0["role"]?.string == "assistant" }) { return .openai }
        throw MessageFailure(
            .unknownFormat, "the format is not recognised", at: "/",
            why: "found \(outline(of: root)); looked for "
                + allCases.map { "\($0.signs) (\($0.rawValue))" }.joined(separator: ", "),
            help: "--format NAME says which one is meant; the input is a model's message with calls, or a response")
    }

    /// What to say when `root`, in which no call was found, looks like another format than the one that was named.
    static func contradiction(to named: MessageFormat, in root: JSON) -> MessageFailure? {
        let found = evidence(in: root)
        guard let other = found.min(by: { $0.rawValue < $1.rawValue }), !found.contains(named) else { return nil }
        return MessageFailure(
            .otherFormat, "the message is not of the format \(named.rawValue)", at: "/",
            why: "it has no calls of that format, and has the signs of \(other.rawValue) (\(other.signs))",
            help: "--format \(other.rawValue), or auto, reads it")
    }

    /// Whether a line alone is a call of JSON Lines, so that what follows need not be waited for.
    package static func opensJSONLines(_ line: [UInt8]) -> Bool {
        guard let value = try? JSONParser.parse(line) else { return false }
        return value.object != nil && evidence(in: value) == [.jsonl]
    }

    private static func evidence(in value: JSON) -> Set<MessageFormat> {
        if let elements = value.array {
            return elements.reduce(into: []) { found, element in
                if element.object != nil { found.formUnion(evidence(in: element)) }
            }
        }
        guard let object = value.object else { return [] }
        var found: Set<MessageFormat> = []
        if isChat(object) { found.insert(.openai) }
        if isResponses(object) { found.insert(.responses) }
        if isAnthropic(object) { found.insert(.anthropic) }
        if isGemini(object) { found.insert(.gemini) }
        if found.isEmpty, isCallLine(object) { found.insert(.jsonl) }
        for list in ["messages", "input"] {
            if let elements = object[list], elements.array != nil { found.formUnion(evidence(in: elements)) }
        }
        if let message = object["message"], message.object != nil { found.formUnion(evidence(in: message)) }
        return found
    }

    private static func isChat(_ object: JSONObject) -> Bool {
        let calls = object["tool_calls"] ?? .null
        return calls != .null || object["choices"]?.array != nil || object["role"]?.string == "tool"
    }

    private static func isResponses(_ object: JSONObject) -> Bool {
        let type = object["type"]?.string ?? ""
        return object["output"]?.array != nil || object["object"]?.string == "response"
            || type == "reasoning" || ResponsesShape.callTypes.contains(type)
            || ResponsesShape.answerTypes.contains(type)
    }

    private static func isAnthropic(_ object: JSONObject) -> Bool {
        let types = ["tool_use", "tool_result", "server_tool_use"]
        func isBlock(_ value: JSON) -> Bool { value["type"]?.string.map(types.contains) ?? false }
        return object["stop_reason"] != nil || isBlock(.object(object))
            || object["content"]?.array?.contains(where: isBlock) ?? false
    }

    private static func isGemini(_ object: JSONObject) -> Bool {
        ["candidates", "parts", "contents"].contains { object[$0]?.array != nil } || object["role"]?.string == "model"
    }

    private static func isCallLine(_ object: JSONObject) -> Bool {
        object["tool"] != nil || (object["name"] != nil && object["arguments"] != nil)
    }

    private static func outline(of root: JSON) -> String {
        let shown = 8
        switch root {
        case .object(let object):
            let names = object.members.prefix(shown).map { JSON.quoted($0.name) } + (object.count > shown ? ["…"] : [])
            return object.isEmpty ? "an empty object" : "an object with \(names.joined(separator: ", "))"
        case .array(let elements): return "a list of \(elements.count)"
        default: return root.kindInWords
        }
    }
}

extension JSON {
    /// A stranger's text in a message of ours: escaped as JSON, and not longer than a word or two.
    static func quoted(_ text: String) -> String {
        let limit = 40
        let scalars = text.unicodeScalars
        let shown = String(String.UnicodeScalarView(scalars.prefix(limit)))
        return JSON.string(scalars.dropFirst(limit).isEmpty ? shown : shown + "…").text
    }

    /// "an object", "a string": for messages about what was found instead of what was expected.
    var kindInWords: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
