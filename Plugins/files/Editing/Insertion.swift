/// New text beside an anchor, or at the end.
package struct Insertion: Sendable {
    package enum Place: Sendable, Equatable {
        case before([UInt8])
        case after([UInt8])
        case end
    }

    package var content: [UInt8]
    package var place: Place

    package init(_ content: [UInt8], _ place: Place) {
        self.content = content
        self.place = place
    }

    package func applied(to document: TextDocument) throws(EditFailure) -> [UInt8] {
        switch place {
        case .end: return document.replacing([appended(to: document)])
        case .before(let anchor):
            let start = try offset(of: anchor, "insert_before", in: document).lowerBound
            return document.replacing([.init(start..<start, content)])
        case .after(let anchor):
            let end = try offset(of: anchor, "insert_after", in: document).upperBound
            return document.replacing([.init(end..<end, content)])
        }
    }

    /// At the end the content has lines of its own, and a file that ends with a newline still does.
    private func appended(to document: TextDocument) -> TextDocument.Splice {
        let end = document.text.count..<document.text.count
        guard document.lineCount > 0, !content.isEmpty else { return .init(end, content) }
        if !document.hasFinalNewline { return .init(end, [newline] + content) }
        return .init(end, content.last == newline ? content : content + [newline])
    }

    private func offset(
        of anchor: [UInt8], _ what: String, in document: TextDocument
    ) throws(EditFailure) -> Range<Int> {
        let wanted = TextDocument.normalized(anchor)
        guard !wanted.isEmpty else { throw EditFailure(.arguments, "\(what) is empty; leave it out to append") }
        let found = Literal(wanted).offsets(
            in: document.text, overlapping: true, limit: StringReplacement.maximumOccurrences)
        guard let first = found.first else { throw .notFound(what, wanted, in: document) }
        guard found.count == 1 else {
            throw .ambiguous(what, found.map(document.line), help: "give more context, so that it is found once")
        }
        return first..<first + wanted.count
    }
}
