import Calls
import StrictJSON

/// How one provider writes calls and wants them answered. Stateless: `bytes → [AskedCall]`, and `outcomes → JSON`.
protocol MessageShape {
    /// Where in the document the model's messages are.
    static func candidates(in root: JSON) throws(MessageFailure) -> Candidates

    /// The call in an item; nil when the item is not a call of ours (text, reasoning, a tool that the provider runs).
    static func call(in item: Item) throws(MessageFailure) -> AskedCall?

    /// Whether the item answers a call.
    static func isAnswer(_ item: Item) -> Bool

    /// The messages that answer every call, in order.
    static func render(_ answers: [Answer]) -> [JSON]
}

/// A part of a message: a call, a content block, an output item.
struct Item {
    var value: JSON
    /// A JSON Pointer into the document.
    var pointer: String
}

enum Candidates {
    /// Messages one after another, the newest last, each as its items.
    case conversation([[Item]])
    /// Several attempts at one message, of which a caller chooses.
    case alternatives([[Item]])
}

/// A call and how it ended: what a provider's message is made from.
struct Answer {
    var asked: AskedCall
    var outcome: Outcome
}

extension MessageShape {
    /// The calls of the one message in the document that has calls to be answered.
    static func calls(in root: JSON) throws(MessageFailure) -> [AskedCall] {
        switch try candidates(in: root) {
        case .conversation(let messages): try newest(of: messages)
        case .alternatives(let messages): try only(of: messages)
        }
    }

    private static func newest(of messages: [[Item]]) throws(MessageFailure) -> [AskedCall] {
        for place in messages.indices.reversed() {
            let calls = try read(messages[place])
            if calls.isEmpty { continue }
            if let answer = messages[place...].joined().first(where: isAnswer) {
                throw MessageFailure(
                    .answered, "the calls have been answered already", at: answer.pointer,
                    why: "an answer stands behind the last message with calls; to run them again could do harm",
                    help: "the input ends with the message whose calls are to be run")
            }
            return calls
        }
        return []
    }

    private static func only(of messages: [[Item]]) throws(MessageFailure) -> [AskedCall] {
        var found: [AskedCall] = []
        for items in messages {
            let calls = try read(items)
            guard found.isEmpty || calls.isEmpty else {
                throw MessageFailure(
                    .severalMessages, "the response has several messages with calls", at: items[0].pointer,
                    why: "a turn is one message, and only the caller can say which is used",
                    help: "the input is the message that goes into the conversation")
            }
            found += calls
        }
        return found
    }

    private static func read(_ items: [Item]) throws(MessageFailure) -> [AskedCall] {
        var calls: [AskedCall] = []
        for item in items {
            if let call = try call(in: item) { calls.append(call) }
        }
        return calls
    }

    /// The elements of a list in the document, as items.
    static func items(_ list: JSON?, at pointer: String) throws(MessageFailure) -> [Item] {
        guard let list, list != .null else { return [] }
        guard let elements = list.array else { throw expected("an array", found: list, at: pointer) }
        return elements.enumerated().map { Item(value: $1, pointer: "\(pointer)/\($0)") }
    }

    /// The messages when the document is a list of them, by itself or as the member that requests have; else nil.
    static func messages(in root: JSON, member: String) throws(MessageFailure) -> [Item]? {
        if root.array != nil { return try items(root, at: "") }
        guard let list = root[member] else { return nil }
        return try items(list, at: "/" + member)
    }

    static func object(_ item: Item) throws(MessageFailure) -> JSONObject {
        guard let object = item.value.object else { throw expected("an object", found: item.value, at: item.pointer) }
        return object
    }

    static func expected(_ kind: String, found value: JSON, at pointer: String) -> MessageFailure {
        MessageFailure(
            .malformed, "the message cannot be read", at: pointer.isEmpty ? "/" : pointer,
            why: "expected \(kind), found \(value.kindInWords)",
            help: "the input is what the model's API returned, unchanged")
    }
}
