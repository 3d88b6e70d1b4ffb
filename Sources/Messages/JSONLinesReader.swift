/// Cuts a stream of bytes into lines as they come. A line ends with LF or CR LF; the last may end with the stream.
/// Blank lines are passed over, but counted.
package struct JSONLinesReader: Sendable {
    package struct Line: Sendable, Equatable {
        package enum Content: Sendable, Equatable {
            case text([UInt8])
            /// Longer than the reader's limit; its bytes were not kept.
            case tooLong(limit: Int)
        }

        /// From 1.
        package var number: Int
        package var content: Content

        package init(number: Int, content: Content) {
            self.number = number
            self.content = content
        }
    }

    /// Bytes of one line, without its end.
    package static let defaultLimit = 16 << 20

    private let limit: Int
    private var number = 1
    /// The beginning of the line that is not complete; at most `limit` bytes and one CR.
    private var pending: [UInt8] = []
    private var isOverflowing = false

    package init(limit: Int = JSONLinesReader.defaultLimit) {
        precondition(limit > 0)
        self.limit = limit
    }

    /// The lines that `chunk` completes.
    package mutating func feed(_ chunk: ArraySlice<UInt8>) -> [Line] {
        var lines: [Line] = []
        var rest = chunk
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            keep(rest[..<end])
            if let line = takeLine() { lines.append(line) }
            rest = rest[(end + 1)...]
        }
        keep(rest)
        return lines
    }

    package mutating func feed(_ chunk: [UInt8]) -> [Line] { feed(chunk[...]) }

    /// The last line, when the stream ended without a line feed.
    package mutating func finish() -> Line? { takeLine() }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        if isOverflowing { return }
        // One more than the limit may be the CR of a line that just fits.
        if pending.count + bytes.count > limit + 1 {
            isOverflowing = true
            pending = []
        } else {
            pending += bytes
        }
    }

    private mutating func takeLine() -> Line? {
        defer {
            number += 1
            pending = []
            isOverflowing = false
        }
        if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
        if isOverflowing || pending.count > limit { return Line(number: number, content: .tooLong(limit: limit)) }
        if pending.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return nil }
        return Line(number: number, content: .text(pending))
    }
}
