/// A literal text for another. The count is a promise: the old text must be there exactly so often.
package struct StringReplacement: Sendable {
    package enum Count: Sendable, Equatable {
        case exactly(Int)
        case all
    }

    package var old: [UInt8]
    package var new: [UInt8]
    package var count: Count

    package static let maximumOccurrences = 1_000_000

    package init(_ old: [UInt8], with new: [UInt8], _ count: Count = .exactly(1)) {
        self.old = old
        self.new = new
        self.count = count
    }

    package func applied(to document: TextDocument) throws(EditFailure) -> (bytes: [UInt8], replacements: Int) {
        let wanted = TextDocument.normalized(old)
        guard !wanted.isEmpty else {
            throw EditFailure(.arguments, "old_string is empty; use file_edit_insert to add text")
        }
        guard old != new else { throw EditFailure(.arguments, "old_string and new_string are the same") }
        // Of overlapping places, a single replacement would have to choose one.
        let found = Literal(wanted).offsets(
            in: document.text, overlapping: count == .exactly(1), limit: Self.maximumOccurrences)
        guard !found.isEmpty else { throw .notFound("old_string", wanted, in: document) }
        guard found.count < Self.maximumOccurrences else {
            throw EditFailure(.limit, "old_string was found more than \(Self.maximumOccurrences) times")
        }
        if case .exactly(let expected) = count, found.count != expected {
            throw .ambiguous("old_string", found.map(document.line), help: Self.help(found.count, expected))
        }
        guard found.count * max(0, new.count - wanted.count) <= TextDocument.maximumBytes - document.original.count
        else {
            throw EditFailure(
                .limit, "\(found.count) replacements would make the file larger than \(TextDocument.maximumBytes) bytes"
            )
        }
        return (document.replacing(found.map { .init($0..<$0 + wanted.count, new) }), found.count)
    }

    private static func help(_ found: Int, _ expected: Int) -> String {
        expected == 1
            ? "give more context, so that it is found once, or replace_count \(found) to replace all of them"
            : "replace_count \(expected) means exactly \(expected); \(found) or -1 replaces all of them"
    }
}
