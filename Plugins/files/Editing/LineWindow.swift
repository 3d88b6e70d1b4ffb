/// Some lines of a file of whatever size, gathered while the file is read piece by piece. Keeps no more than it shows.
package struct LineWindow: Sendable {
    /// The first line, from 1.
    package let first: Int
    package let maximumLines: Int
    package let maximumBytes: Int

    /// The bytes of the window, with their line ends.
    package private(set) var bytes: [UInt8] = []
    /// How many lines are in `bytes`, counting one that is cut off.
    package private(set) var lineCount = 0
    /// Where `bytes` begins in the file.
    package private(set) var fileOffset = 0
    /// The line that is cut off because it alone is longer than `maximumBytes`.
    package private(set) var cutLine: Int?
    /// Nothing more is needed; there is more in the file, unless `isAtEnd`.
    package private(set) var isFull = false
    /// How many lines ended so far, in the window or not.
    private var endedLines = 0
    private var isInLine = false
    private var consumed = 0
    /// Where the last whole line in `bytes` ends.
    private var wholeBytes = 0

    package init(first: Int, maximumLines: Int, maximumBytes: Int) {
        self.first = max(1, first)
        self.maximumLines = maximumLines
        self.maximumBytes = maximumBytes
    }

    /// The lines of the file that were seen; all, if the file's end was reached.
    package var seenLines: Int { endedLines + (isInLine ? 1 : 0) }

    package mutating func feed(_ piece: [UInt8]) {
        var rest = piece[...]
        while !rest.isEmpty {
            let lineEnd = rest.firstIndex(of: newline)
            let part = rest[..<(lineEnd.map { $0 + 1 } ?? rest.endIndex)]
            if endedLines + 1 >= first, !isFull { take(part, isEnded: lineEnd != nil) }
            consumed += part.count
            isInLine = lineEnd == nil
            if lineEnd != nil { endedLines += 1 }
            rest = rest[part.endIndex...]
        }
    }

    private mutating func take(_ part: ArraySlice<UInt8>, isEnded: Bool) {
        if !isInLine {
            guard lineCount < maximumLines else {
                isFull = true
                return
            }
            if lineCount == 0 { fileOffset = consumed }
            lineCount += 1
        }
        bytes += part
        if bytes.count > maximumBytes {
            cut()
        } else if isEnded {
            wholeBytes = bytes.count
        }
    }

    /// Drops the line that does not fit, unless it is the only one.
    private mutating func cut() {
        isFull = true
        if lineCount > 1 {
            bytes.removeLast(bytes.count - wholeBytes)
            lineCount -= 1
        } else {
            bytes.removeLast(bytes.count - Excerpt.characterBoundary(in: bytes, notAfter: maximumBytes))
            cutLine = first
        }
    }

    /// The last line in the window, from 1; `first - 1` if there is none.
    package var last: Int { first + lineCount - 1 }
}

// MARK: - In words

extension LineWindow {
    /// The lines, without a byte order mark; numbered, each as "12: text".
    package func text(numbered: Bool) throws(NotText) -> String {
        do {
            try NotText.check(bytes)
        } catch {
            throw error.shifted(by: fileOffset)
        }
        let hasMark = fileOffset == 0 && bytes.starts(with: TextDocument.byteOrderMark)
        let shown = bytes.dropFirst(hasMark ? TextDocument.byteOrderMark.count : 0)
        guard numbered else { return String(decoding: shown, as: UTF8.self) }
        var result: [UInt8] = []
        var number = first
        var isAtStart = true
        for byte in shown {
            if isAtStart { result += "\(number): ".utf8 }
            result.append(byte)
            isAtStart = byte == newline
            if isAtStart { number += 1 }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// What a reader of the window must know beside it, in brackets: nil if it goes to the file's end. `lineCount` is
    /// that of the file, if it is known.
    package func note(lineCount total: Int?) -> String? {
        let next = "read on with offset \(last + 1)"
        if let cutLine {
            let end = cutLine == total ? "it is the last line" : next
            return "[line \(cutLine) is cut off after \(bytes.count) bytes, file_search finds text in it; \(end)]\n"
        }
        if total == 0 { return "[the file is empty]\n" }
        guard isFull else { return nil }
        return "[lines \(first) to \(last) of \(total.map(String.init) ?? "more"); \(next)]\n"
    }
}
