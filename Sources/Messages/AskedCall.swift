import Calls
import StrictJSON

/// A call as the message wrote it, with what its answer needs.
struct AskedCall: Sendable {
    /// As it came, a string or a number; nil when there is none, and then the answer has none.
    var id: JSON?
    var name: String
    var arguments: Arguments
    /// A custom tool call: free text in, and in Responses another type of answer.
    var isCustom = false
    /// Of JSON Lines: the line's number, from 1.
    var line: Int?

    /// For the scheduler. A call without an id goes by its place in the turn, from 1 (in JSON Lines by its line).
    func call(place: Int) -> Call {
        let words = id.map { $0.string ?? $0.text }
        return Call(id: words ?? String(line ?? place + 1), tool: name, arguments: arguments)
    }

    /// Reads the members that every format has: an id, a name and arguments. What is wrong becomes the call's answer.
    init(id: JSON?, name: JSON?, arguments: Arguments, isCustom: Bool = false, at pointer: String) {
        self.isCustom = isCustom
        switch id {
        case .string, .number: self.id = id
        default: self.id = nil
        }
        self.name = name?.string ?? ""
        self.arguments = arguments
        if let id, self.id == nil, id != .null {
            self.arguments = .malformed(
                reason: "the call's id is \(id.kindInWords), not a string or a number, at \(pointer)")
        }
        if self.name.isEmpty {
            let found = name.map { $0 == "" ? "an empty string" : $0.kindInWords } ?? "nothing"
            self.arguments = .malformed(reason: "the call names no tool: found \(found) for the name, at \(pointer)")
        }
    }

    /// A place in the list of calls where there is no readable call.
    init(broken reason: String, id: JSON? = nil, at pointer: String) {
        self.init(id: id, name: nil, arguments: .text(""), at: pointer)
        arguments = .malformed(reason: "\(reason), at \(pointer)")
    }
}

extension Arguments {
    /// Arguments that stand in the message as a value.
    ///
    /// Nothing, or null, is `{}`: a tool without parameters is often called so. The text is written anew, with the
    /// members' order and the numbers' spelling kept.
    static func inPlace(_ value: JSON?) -> Arguments {
        guard let value, value != .null else { return .json([:], text: "{}") }
        guard value.object != nil else { return notAnObject(value) }
        return .json(value, text: value.text)
    }

    /// Arguments that stand in the message as a string with JSON inside. The string goes to the plugin as it is.
    ///
    /// An empty string is `{}`: OpenAI's models send it for tools without parameters. Some servers put the object
    /// itself where the string belongs; it is taken.
    static func encoded(_ value: JSON?) -> Arguments {
        guard let text = value?.string else { return inPlace(value) }
        let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        if text.utf8.allSatisfy(blank.contains) { return .json([:], text: "{}") }
        do {
            let parsed = try JSONParser.parse(text)
            return parsed.object == nil ? notAnObject(parsed) : .json(parsed, text: text)
        } catch {
            return .malformed(reason: "the arguments are not valid JSON: \(error)")
        }
    }

    /// The input of a custom tool call.
    static func freeText(_ value: JSON?) -> Arguments {
        if let text = value?.string { return .text(text) }
        return .malformed(
            reason: "the input of a custom tool call is a string; found \(value?.kindInWords ?? "nothing")")
    }

    private static func notAnObject(_ value: JSON) -> Arguments {
        .malformed(reason: "the arguments are an object; found \(value.kindInWords)")
    }
}
