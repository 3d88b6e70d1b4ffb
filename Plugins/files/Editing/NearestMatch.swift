/// The place in a document that most resembles a text that is not in it: a window as long as that text slides over the
/// document, and is scored by how many pairs of neighbouring bytes both share. Spaces, tabs and ASCII case do not count, so
/// a wrong indentation is found at once. Linear in the document's size.
package struct NearestMatch: Sendable, Equatable {
    /// The window, in the document's `text`.
    package var range: Range<Int>
    /// From 0 to 1.
    package var score: Double

    /// Beneath it, a match would mislead.
    package static let minimumScore = 0.6
    package static let maximumDocumentBytes = 4 << 20
    package static let maximumTextBytes = 64 << 10

    package static func canSearch(for wanted: [UInt8], in document: TextDocument) -> Bool {
        wanted.count <= maximumTextBytes && document.text.count <= maximumDocumentBytes
    }

    package static func find(_ wanted: [UInt8], in document: TextDocument) -> NearestMatch? {
        guard canSearch(for: wanted, in: document) else { return nil }
        let significant = wanted.filter(isSignificant)
        guard significant.count > 1 else { return nil }
        var window = PairWindow(of: significant)
        var ahead = Walk(document.text)
        var behind = Walk(document.text)
        var best: NearestMatch?
        while ahead.advance() {
            window.add(ahead.pair)
            if window.size > significant.count - 1 {
                _ = behind.advance()
                window.remove(behind.pair)
            }
            let score = Double(window.shared) / Double(significant.count - 1)
            if score > (best?.score ?? 0) {
                best = NearestMatch(range: behind.current..<ahead.current + 1, score: score)
            }
        }
        guard let best, best.score >= minimumScore else { return nil }
        return NearestMatch(range: trimmed(best.range, document.text, window), score: best.score)
    }

    /// Without the bytes at both ends that only fill the window.
    private static func trimmed(_ range: Range<Int>, _ text: [UInt8], _ window: PairWindow) -> Range<Int> {
        let places = range.filter { isSignificant(text[$0]) }
        let pairs = zip(places, places.dropFirst()).filter { window.wants(PairWindow.pair(text[$0], text[$1])) }
        guard let first = pairs.first, let last = pairs.last else { return range }
        return first.0..<last.1 + 1
    }

    /// Newlines are, so that what stands on one line is not put together from two.
    private static func isSignificant(_ byte: UInt8) -> Bool { byte > 0x20 || byte == newline }

    private static func folded(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Goes from pair to pair of significant bytes.
    private struct Walk {
        let text: [UInt8]
        /// The places of the pair's bytes; at first, both are that of the first significant byte.
        private(set) var previous: Int
        private(set) var current: Int

        init(_ text: [UInt8]) {
            self.text = text
            current = text.firstIndex(where: isSignificant) ?? text.count
            previous = current
        }

        var pair: Int { PairWindow.pair(text[previous], text[current]) }

        mutating func advance() -> Bool {
            var place = current + 1
            while place < text.count, !isSignificant(text[place]) { place += 1 }
            guard place < text.count else { return false }
            (previous, current) = (current, place)
            return true
        }
    }

    /// A bag of pairs, compared with the wanted one as it changes.
    private struct PairWindow {
        private var wanted = [Int32](repeating: 0, count: 1 << 16)
        private var present = [Int32](repeating: 0, count: 1 << 16)
        private(set) var shared = 0
        private(set) var size = 0

        init(of bytes: [UInt8]) {
            for (first, second) in zip(bytes, bytes.dropFirst()) { wanted[Self.pair(first, second)] += 1 }
        }

        static func pair(_ first: UInt8, _ second: UInt8) -> Int {
            Int(folded(first)) << 8 | Int(folded(second))
        }

        func wants(_ pair: Int) -> Bool { wanted[pair] > 0 }

        mutating func add(_ pair: Int) {
            if present[pair] < wanted[pair] { shared += 1 }
            present[pair] += 1
            size += 1
        }

        mutating func remove(_ pair: Int) {
            present[pair] -= 1
            if present[pair] < wanted[pair] { shared -= 1 }
            size -= 1
        }
    }
}

// MARK: - In words

extension NearestMatch {
    static let maximumLinesShown = 12

    /// What to say behind a semicolon.
    func description(of wanted: [UInt8], in document: TextDocument) -> String {
        let first = document.line(at: range.lowerBound)
        let last = document.line(at: range.upperBound - 1)
        let hint = difference(from: wanted, in: document).map { ", which differs only in \($0)" } ?? ""
        if first == last {
            return "nearest is line \(first)\(hint): \(Excerpt.quoted(document.contents(ofLine: first)))"
        }
        let shown = (first...last).prefix(Self.maximumLinesShown).map { number in
            "\(number): \(Excerpt.head(document.contents(ofLine: number), Excerpt.messageBytes).text)"
        }
        let rest = last - first + 1 - shown.count
        let more = rest > 0 ? "\n[\(rest) more lines]" : ""
        return "nearest are lines \(first) to \(last)\(hint):\n\(shown.joined(separator: "\n"))\(more)"
    }

    /// "white space" or "letter case", if there is no other difference.
    private func difference(from wanted: [UInt8], in document: TextDocument) -> String? {
        let there = document.text[range].filter { $0 > 0x20 }
        let looked = wanted.filter { $0 > 0x20 }
        if there == looked { return "white space" }
        return there.map(Self.folded) == looked.map(Self.folded) ? "letter case" : nil
    }
}
