/// Why a message could not be read at all. A fault of one call is never this: that call is answered instead.
public struct MessageFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is, for a program to act on.
    public enum Code: String, Sendable, CaseIterable {
        /// Beyond ``MessageParser/maximumBytes``.
        case tooLarge
        /// It is not JSON, or none of the kind that ``JSONParser`` reads.
        case notJSON
        /// No format is recognised, or several are.
        case unknownFormat
        /// The message is of another format than the one that was named.
        case otherFormat
        /// A part of it is not what the format has there.
        case malformed
        /// It has calls in a form that the API has given up, which cannot be answered.
        case outdated
        /// Its calls have been answered already.
        case answered
        /// There are several messages with calls, of which only the caller can choose.
        case severalMessages
    }

    /// What kind of failure it is.
    public var code: Code
    /// What is wrong.
    public var what: String
    /// A place in the input: "line 3, column 9", or a JSON Pointer such as "/choices/0/message".
    public var place: String
    /// The reason.
    public var why: String
    /// A statement: what to do instead.
    public var help: String

    package init(_ code: Code, _ what: String, at place: String, why: String, help: String) {
        self.code = code
        self.what = what
        self.place = place
        self.why = why
        self.help = help
    }

    /// For people: what, where and why, and the help on a line of its own.
    public var description: String { "error: \(what), at \(place): \(why)\nhelp: \(help)" }
}
