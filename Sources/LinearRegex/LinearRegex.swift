import CRE2

/// A regular expression whose matching takes time linear in the text, whatever the pattern: no look-around and no
/// back-references, so nothing can backtrack for ever. The syntax is RE2's.
///
/// Offsets are in bytes. Any number of threads may use one value.
package final class LinearRegex: Sendable {
    package struct Options: OptionSet, Sendable, Hashable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let ignoresCase = Options(rawValue: CRE2_IGNORE_CASE.rawValue)
        /// The pattern is a text to look for, not an expression.
        package static let literal = Options(rawValue: CRE2_LITERAL.rawValue)
        /// Pattern and text are bytes, each a character of Latin-1; else UTF-8, and what is none matches nothing.
        package static let bytes = Options(rawValue: CRE2_BYTES.rawValue)
        /// Each line is a text of its own: '^' and '$' match at its ends, and no match reaches over a line feed.
        package static let lines = Options(rawValue: CRE2_WITHIN_LINES.rawValue)
    }

    /// Why a pattern was refused.
    package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        package var pattern: String
        package var reason: String
        /// The part at fault; empty when the engine does not say.
        package var fragment: String
        /// Where the fragment stands, in bytes from 0; nil when that is not certain.
        package var position: Int?

        package var description: String {
            let place = position.map { " at byte \($0)" } ?? ""
            let part = fragment.isEmpty || reason.hasSuffix(fragment) ? "" : ": \(fragment)"
            return "the pattern \"\(pattern)\" is refused\(place): \(reason)\(part)"
        }
    }

    /// What one pattern and the caches of its matching may take, in bytes, unless the maker says otherwise.
    package static let defaultMemory = 8 << 20

    // Guarded by never changing; RE2 guards the caches behind it with locks of its own.
    nonisolated(unsafe) private let regex: OpaquePointer

    package init(_ pattern: String, options: Options = [], memory: Int = defaultMemory) throws(Failure) {
        // RE2 knows lines only as a flag inside the expression.
        let isExpression = !options.contains(.literal)
        let text = Array((options.contains(.lines) && isExpression ? "(?m)" + pattern : pattern).utf8)
        var failure = cre2_failure()
        let compiled = text.withUnsafeBytes { bytes in
            cre2_compile(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, options.rawValue,
                Int64(memory), &failure)
        }
        guard let compiled else { throw Self.failure(failure, pattern) }
        regex = compiled
    }

    deinit {
        cre2_free(regex)
    }

    /// An expression that matches exactly `literal`.
    package static func quote(_ literal: String) -> String {
        var quoted: [UInt8] = []
        for byte in literal.utf8 {
            switch byte {
            case 0: quoted += #"\x00"#.utf8
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), 0x80...:
                quoted.append(byte)
            default: quoted += [UInt8(ascii: "\\"), byte]
            }
        }
        return String(decoding: quoted, as: UTF8.self)
    }

    private static func failure(_ failure: cre2_failure, _ pattern: String) -> Failure {
        let reason = withUnsafeBytes(of: failure.reason) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let fragment = withUnsafeBytes(of: failure.fragment) { Array($0.prefix(failure.fragment_length)) }
        return Failure(
            pattern: pattern, reason: reason, fragment: String(decoding: fragment, as: UTF8.self),
            position: place(of: fragment, in: Array(pattern.utf8)))
    }

    /// The engine names the fragment, not its place: that is certain only if the fragment stands there once.
    private static func place(of fragment: [UInt8], in pattern: [UInt8]) -> Int? {
        guard !fragment.isEmpty, fragment.count <= pattern.count else { return nil }
        let places = (0...pattern.count - fragment.count).filter { pattern[$0...].starts(with: fragment) }
        return places.count == 1 ? places[0] : nil
    }
}

// MARK: - Matching

extension LinearRegex {
    /// Whether the pattern matches anywhere in the text.
    package func matches(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { find(in: $0, from: 0, wantsRange: false) != nil }
            ?? matches(Array(text.utf8))
    }

    /// Whether the pattern matches anywhere in the bytes.
    package func matches(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { find(in: $0, from: 0, wantsRange: false) != nil }
    }

    /// The leftmost match that begins at `from` or later. What stands before is context: '^' matches at 0 only.
    package func firstMatch(in bytes: [UInt8], from: Int = 0) -> Range<Int>? {
        precondition((0...bytes.count).contains(from), "a search begins inside of its text")
        return bytes.withUnsafeBufferPointer { find(in: $0, from: from, wantsRange: true) }
    }

    /// The leftmost match in a part of `bytes` that is taken as a whole text: '^' matches at its start, '$' at its end.
    /// The result counts from the start of `bytes`.
    package func firstMatch(in bytes: [UInt8], within part: Range<Int>) -> Range<Int>? {
        bytes.withUnsafeBufferPointer { buffer in
            find(in: UnsafeBufferPointer(rebasing: buffer[part]), from: 0, wantsRange: true).map { match in
                match.lowerBound + part.lowerBound..<match.upperBound + part.lowerBound
            }
        }
    }

    /// The one place that hands memory to the engine.
    private func find(in text: UnsafeBufferPointer<UInt8>, from: Int, wantsRange: Bool) -> Range<Int>? {
        text.withMemoryRebound(to: CChar.self) { chars in
            guard wantsRange else { return cre2_find(regex, chars.baseAddress, chars.count, from, nil) ? 0..<0 : nil }
            var range = cre2_range()
            return cre2_find(regex, chars.baseAddress, chars.count, from, &range)
                ? Int(range.first)..<Int(range.end) : nil
        }
    }
}
