/// Why an edit was not made. The message is for the model: what, where, and what would help.
package struct EditFailure: Error, Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// The text that was looked for is not there.
        case notFound = "not_found"
        /// It is there more often, or less often, than the edit needs.
        case ambiguous
        /// The lines are not those that were expected.
        case mismatch
        /// Lines that the file does not have.
        case outOfRange = "out_of_range"
        /// The arguments make no sense together.
        case arguments
        /// Beyond a bound.
        case limit
    }

    package var kind: Kind
    package var message: String
    /// The first lines, from 1, where the text was found.
    package var lines: [Int]

    static let maximumLines = 100

    package init(_ kind: Kind, _ message: String, lines: [Int] = []) {
        self.kind = kind
        self.message = message
        self.lines = lines
    }

    /// `what` names the argument: "old_string".
    static func notFound(_ what: String, _ wanted: [UInt8], in document: TextDocument) -> EditFailure {
        let start = "\(what) was not found: \(Excerpt.quoted(wanted))"
        guard document.lineCount > 0 else { return EditFailure(.notFound, start + "; the file is empty") }
        guard NearestMatch.canSearch(for: wanted, in: document) else {
            return EditFailure(.notFound, start + "; the text or the file is too large to look for what resembles it")
        }
        guard let nearest = NearestMatch.find(wanted, in: document) else {
            return EditFailure(.notFound, start + "; nothing in the file resembles it")
        }
        return EditFailure(.notFound, "\(start); \(nearest.description(of: wanted, in: document))")
    }

    static func ambiguous(_ what: String, _ lines: [Int], help: String) -> EditFailure {
        EditFailure(
            .ambiguous, "\(what) was found \(times(lines.count)), at \(Excerpt.lines(lines)); \(help)",
            lines: Array(lines.prefix(maximumLines)))
    }

    static func times(_ count: Int) -> String {
        switch count {
        case 1: "once"
        case 2: "twice"
        default: "\(count) times"
        }
    }
}
