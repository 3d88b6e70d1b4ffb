/// Why a message could not be read at all. A fault of one call is never this: that call is answered instead.
package struct MessageFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var what: String
    /// A place in the input: "line 3, column 9", or a JSON Pointer such as "/choices/0/message".
    package var place: String
    package var why: String
    /// A statement: what to do instead.
    package var help: String

    package init(_ what: String, at place: String, why: String, help: String) {
        self.what = what
        self.place = place
        self.why = why
        self.help = help
    }

    package var description: String { "error: \(what), at \(place): \(why)\nhelp: \(help)" }
}
