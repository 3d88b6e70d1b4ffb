/// Whole lines for others, by number.
package struct LinesReplacement: Sendable {
    /// From 1; both ends belong to it. An `end` of `start - 1` names the empty place before `start`.
    package var start: Int
    package var end: Int
    package var new: [[UInt8]]
    /// What is expected to be there now; nil = whatever it is.
    package var expected: [[UInt8]]?

    package init(start: Int, end: Int, new: [[UInt8]], expected: [[UInt8]]? = nil) {
        self.start = start
        self.end = end
        self.new = new
        self.expected = expected
    }

    package func applied(to document: TextDocument) throws(EditFailure) -> [UInt8] {
        try checkRange(in: document)
        try checkExpectation(in: document)
        return document.replacing([splice(in: document)])
    }

    private func checkRange(in document: TextDocument) throws(EditFailure) {
        let count = document.lineCount
        guard start >= 1, end >= start - 1 else {
            throw EditFailure(
                .arguments, "start_line \(start) and end_line \(end) name no lines; end_line must not be less")
        }
        guard end <= count, start <= count + 1 else {
            throw EditFailure(
                .outOfRange, "lines \(start) to \(end) are not all there: the file has \(count) lines")
        }
    }

    private func checkExpectation(in document: TextDocument) throws(EditFailure) {
        guard let expected = expected.map(Self.asLines) else { return }
        let present = start > end ? [] : (start...end).map { Array(document.contents(ofLine: $0)) }
        guard present != expected else { return }
        let difference = UnifiedDiff.body(from: expected, to: present, maximumBytes: Self.differenceBytes)
        throw EditFailure(
            .mismatch,
            """
            lines \(start) to \(end) are not expected_lines (- expected, + in the file); read the file again:
            \(difference)
            """)
    }

    static let differenceBytes = 4096

    /// The newline between lines belongs to the one before it; the file's last line keeps having one, or none.
    private func splice(in document: TextDocument) -> TextDocument.Splice {
        let lines = Self.asLines(new)
        let text = document.text
        let from = start <= document.lineCount ? document.lineStarts[start - 1] : text.count
        if end < document.lineCount {
            let to = document.lineStarts[end]
            return .init(from..<to, lines.flatMap { $0 + [newline] })
        }
        let joined = Array(lines.joined(separator: [newline]))
        if document.hasFinalNewline || document.lineCount == 0 {
            return .init(from..<text.count, lines.isEmpty ? [] : joined + [newline])
        }
        // The newline in front of the last line goes, or comes, with it.
        if lines.isEmpty, from > 0 { return .init(from - 1..<text.count, []) }
        return .init(from..<text.count, start > document.lineCount && !lines.isEmpty ? [newline] + joined : joined)
    }

    /// An element may end with a line end, or be several lines.
    private static func asLines(_ elements: [[UInt8]]) -> [[UInt8]] {
        elements.flatMap { element -> [[UInt8]] in
            var text = TextDocument.normalized(element)
            if text.last == newline { text.removeLast() }
            return text.split(separator: newline, omittingEmptySubsequences: false).map(Array.init)
        }
    }
}
