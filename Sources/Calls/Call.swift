import StrictJSON

/// One invocation of a tool, as the model wrote it.
public struct Call: Sendable {
    /// The model's own identifier of the call. Unique in most turns, but never relied on: the place in the turn is.
    public var id: String
    /// The name of the tool.
    public var tool: String
    /// What the tool is given.
    public var arguments: Arguments

    /// A call whose arguments have been read already, or could not be.
    public init(id: String, tool: String, arguments: Arguments) {
        self.id = id
        self.tool = tool
        self.arguments = arguments
    }

    /// A call of your own making: `Call(id: "1", tool: "file_read", arguments: ["path": "README.md"])`.
    public init(id: String, tool: String, arguments: JSON) {
        self.init(id: id, tool: tool, arguments: .json(arguments, text: arguments.text))
    }
}

/// What a call was given. A message parser never throws a call away: arguments that cannot be read are an answerable case.
public enum Arguments: Sendable {
    /// A JSON value, with the text that it was read from (the text goes to the plugin unchanged).
    case json(JSON, text: String)
    /// The free text of a custom tool call.
    case text(String)
    /// Not valid JSON; the reason says where and why, and is the call's answer.
    case malformed(reason: String)
}

/// The sibling calls of one model message, in the order in which the model wrote them.
public struct Turn: Sendable {
    /// In the model's order. A call's index here is its *place*.
    public var calls: [Call]

    /// A turn of any number of calls, none included.
    public init(calls: [Call]) {
        self.calls = calls
    }
}

/// A call's number in its host: the order of ingest, over all turns. What comes earlier has the smaller number.
public struct CallNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// From 1.
    public package(set) var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Whether `a` was ingested before `b`.
    public static func < (a: CallNumber, b: CallNumber) -> Bool { a.rawValue < b.rawValue }
    /// For people: `#12`.
    public var description: String { "#\(rawValue)" }
}

/// A turn's number in its host.
public struct TurnNumber: Hashable, Sendable {
    /// From 1.
    public package(set) var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
