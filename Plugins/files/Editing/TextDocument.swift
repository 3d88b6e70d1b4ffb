/// A text file as its editors see it: without its byte order mark, and with every line ended by LF. It remembers what the
/// file has instead, so that an edit changes the bytes that it names and no others: endings (also mixed ones), byte order
/// mark and a missing final newline stay as they are.
package struct TextDocument: Sendable {
    /// What is in the file.
    package let original: [UInt8]
    /// `original` without its byte order mark, every CR LF as LF. UTF-8, without zero bytes.
    package let text: [UInt8]
    package let hasByteOrderMark: Bool
    /// Where in `text` each line begins. As many as there are lines: none for an empty file.
    package let lineStarts: [Int]
    /// The places in `text` of those LF that are CR LF in the file, ascending.
    private let carriageReturns: [Int]

    /// The most that is edited, and that an edit may make of a file by repeating what it was given.
    package static let maximumBytes = 16 << 20

    package static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    package init(_ original: [UInt8]) throws(NotText) {
        try NotText.check(original)
        self.original = original
        hasByteOrderMark = original.starts(with: Self.byteOrderMark)
        let body = original.dropFirst(hasByteOrderMark ? Self.byteOrderMark.count : 0)
        (text, carriageReturns) = Self.withLineFeeds(body)
        lineStarts = Self.lineStarts(text)
    }

    package var lineCount: Int { lineStarts.count }
    package var hasFinalNewline: Bool { text.last == newline }

    /// The ending of most lines; LF where there is none.
    package var lineEnding: LineEnding { carriageReturns.count * 2 > endedLineCount ? .crlf : .lf }

    private var endedLineCount: Int { hasFinalNewline ? lineCount : max(0, lineCount - 1) }

    /// The number, from 1, of the line that a place in `text` belongs to.
    package func line(at offset: Int) -> Int {
        max(1, lineStarts.partitioningIndex { $0 > offset })
    }

    /// Where a line is in `text`, without its newline; numbers are from 1.
    package func range(ofLine number: Int) -> Range<Int> {
        let end = number < lineCount ? lineStarts[number] - 1 : text.count - (hasFinalNewline ? 1 : 0)
        return lineStarts[number - 1]..<end
    }

    package func contents(ofLine number: Int) -> ArraySlice<UInt8> {
        text[range(ofLine: number)]
    }

    /// Text that somebody wrote about this file, in the form of `text`.
    package static func normalized(_ bytes: [UInt8]) -> [UInt8] {
        withLineFeeds(bytes[...]).text
    }

    private static func withLineFeeds(_ bytes: ArraySlice<UInt8>) -> (text: [UInt8], carriageReturns: [Int]) {
        guard bytes.contains(carriageReturn) else { return (Array(bytes), []) }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var places: [Int] = []
        for byte in bytes {
            if byte == newline, text.last == carriageReturn {
                text[text.count - 1] = newline
                places.append(text.count - 1)
            } else {
                text.append(byte)
            }
        }
        return (text, places)
    }

    private static func lineStarts(_ text: [UInt8]) -> [Int] {
        guard !text.isEmpty else { return [] }
        var starts = [0]
        for (place, byte) in text.enumerated() where byte == newline && place + 1 < text.count {
            starts.append(place + 1)
        }
        return starts
    }
}

package enum LineEnding: String, Sendable {
    case lf, crlf
}

let newline = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")

// MARK: - Editing

extension TextDocument {
    /// One change to `text`.
    package struct Splice: Sendable, Equatable {
        package var range: Range<Int>
        package var replacement: [UInt8]

        package init(_ range: Range<Int>, _ replacement: [UInt8]) {
            self.range = range
            self.replacement = replacement
        }
    }

    /// The file's bytes after the splices, which must be ascending and apart from each other. What a splice leaves equal
    /// keeps its bytes; new line ends are like that of the line in which they stand.
    package func replacing(_ splices: [Splice]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(original.count)
        var copied = 0
        for splice in splices {
            let change = trimmed(splice)
            result += original[copied..<fileOffset(change.range.lowerBound)]
            result += inFileForm(change.replacement, at: change.range.lowerBound)
            copied = fileOffset(change.range.upperBound)
        }
        return result + original[copied...]
    }

    /// Without what is the same at both ends. Line ends in it stay as mixed as they were.
    private func trimmed(_ splice: Splice) -> Splice {
        let replacement = lineCount > 0 ? Self.normalized(splice.replacement) : splice.replacement
        let old = text[splice.range]
        let front = zip(old, replacement).prefix { $0 == $1 }.count
        let room = min(old.count, replacement.count) - front
        let back = zip(old.reversed(), replacement.reversed()).prefix(room).prefix { $0 == $1 }.count
        return Splice(
            splice.range.lowerBound + front..<splice.range.upperBound - back,
            Array(replacement[front..<replacement.count - back]))
    }

    /// A place in `text` as a place in the file; that of a newline is where its CR is.
    private func fileOffset(_ offset: Int) -> Int {
        let mark = hasByteOrderMark ? Self.byteOrderMark.count : 0
        return mark + offset + carriageReturns.partitioningIndex { $0 >= offset }
    }

    private func inFileForm(_ bytes: [UInt8], at offset: Int) -> [UInt8] {
        guard ending(at: offset) == .crlf else { return bytes }
        var result: [UInt8] = []
        for byte in bytes {
            if byte == newline { result.append(carriageReturn) }
            result.append(byte)
        }
        return result
    }

    private func ending(at offset: Int) -> LineEnding {
        guard !carriageReturns.isEmpty else { return .lf }
        var number = line(at: offset)
        if number == lineCount, !hasFinalNewline { number -= 1 }
        guard number > 0 else { return lineEnding }
        let end = range(ofLine: number).upperBound
        let place = carriageReturns.partitioningIndex { $0 >= end }
        return place < carriageReturns.count && carriageReturns[place] == end ? .crlf : .lf
    }
}

extension Array {
    /// The first index whose element fulfils `belongsInSecondPartition`, given that all those behind it do too.
    func partitioningIndex(where belongsInSecondPartition: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if belongsInSecondPartition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
