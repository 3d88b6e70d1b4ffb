/// Finds the lines of a text that a matcher matches.
package struct LineSearch: Sendable {
    /// The leftmost match in the bytes that begins at an offset or later. `^` and `$` match at the ends of lines, and no
    /// match reaches over a newline: so the time for all lines together stays linear in the text.
    package typealias Matcher = @Sendable (_ bytes: [UInt8], _ from: Int) -> Range<Int>?

    package struct Match: Sendable, Equatable {
        /// From 1.
        package var line: Int
        /// Where in the line the first match is, in bytes.
        package var range: Range<Int>
    }

    private let matcher: Matcher

    package init(_ matcher: @escaping Matcher) {
        self.matcher = matcher
    }

    /// The lines with a match, in ascending order, at most `limit`.
    package func matches(in document: TextDocument, limit: Int) -> [Match] {
        var matches: [Match] = []
        var from = 0
        while matches.count < limit, from < document.text.count, let found = matcher(document.text, from) {
            // Behind the final newline, where no line begins, an empty match may still be.
            guard found.lowerBound < document.text.count || !document.hasFinalNewline else { break }
            let number = document.line(at: found.lowerBound)
            let line = document.range(ofLine: number)
            matches.append(Match(line: number, range: found.clamped(to: line).shifted(by: -line.lowerBound)))
            guard number < document.lineCount else { break }
            from = document.lineStarts[number]
        }
        return matches
    }
}

// MARK: - Shown

extension LineSearch {
    package static let maximumLineBytes = 300

    /// `path:4: text` for a match and `path-3- text` for a line around it; `--` stands where lines are left out between.
    package static func render(
        _ matches: [Match], in document: TextDocument, path: String, context: Int
    ) -> [String] {
        var lines: [String] = []
        var shown = 0
        let matched = Dictionary(uniqueKeysWithValues: matches.map { ($0.line, $0.range) })
        for match in matches {
            let from = max(shown + 1, match.line - context)
            if shown > 0, from > shown + 1, context > 0 { lines.append("--") }
            let to = min(document.lineCount, match.line + context)
            guard from <= to else { continue }
            for number in from...to {
                let contents = document.contents(ofLine: number)
                if let range = matched[number] {
                    lines.append("\(path):\(number): \(excerpt(contents, around: range))")
                } else {
                    lines.append("\(path)-\(number)- \(excerpt(contents, around: 0..<0))")
                }
            }
            shown = to
        }
        return lines
    }

    /// At most `maximumLineBytes` of a line, so that the match can be seen.
    static func excerpt(_ line: ArraySlice<UInt8>, around range: Range<Int>) -> String {
        guard line.count > maximumLineBytes else { return String(decoding: line, as: UTF8.self) }
        let room = max(0, maximumLineBytes - range.count) / 2
        let start = Excerpt.characterBoundary(in: line, notAfter: max(0, range.lowerBound - room))
        let tail = line.dropFirst(start)
        let (text, isWhole) = Excerpt.head(tail, maximumLineBytes)
        return (start > 0 ? "…" : "") + text + (isWhole ? "" : "…")
    }
}
