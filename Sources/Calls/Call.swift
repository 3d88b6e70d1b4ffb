import StrictJSON

/// One invocation of a tool, as the model wrote it.
package struct Call: Sendable {
    /// The model's own identifier of the call. Unique in most turns, but never relied on: the place in the turn is.
    package var id: String
    /// The name of the tool.
    package var tool: String
    package var arguments: Arguments

    package init(id: String, tool: String, arguments: Arguments) {
        self.id = id
        self.tool = tool
        self.arguments = arguments
    }
}

/// What a call was given. A message parser never throws a call away: arguments that cannot be read are an answerable case.
package enum Arguments: Sendable {
    /// A JSON value, with the text that it was read from (the text goes to the plugin unchanged).
    case json(JSON, text: String)
    /// The free text of a custom tool call.
    case text(String)
    /// Not valid JSON; the reason says where and why, and is the call's answer.
    case malformed(reason: String)
}

/// The sibling calls of one model message, in the order in which the model wrote them.
package struct Turn: Sendable {
    package var calls: [Call]

    package init(calls: [Call]) {
        self.calls = calls
    }
}

/// A call's number in its host: the order of ingest, over all turns. What comes earlier has the smaller number.
package struct CallNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (a: CallNumber, b: CallNumber) -> Bool { a.rawValue < b.rawValue }
    package var description: String { "#\(rawValue)" }
}

/// A turn's number in its host.
package struct TurnNumber: Hashable, Sendable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }
}
