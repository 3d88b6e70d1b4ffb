/// Text cut down for a message. Bounds count bytes; characters are never cut apart.
package enum Excerpt {
    package static let messageBytes = 160

    /// As text: its first `maximum` bytes, and whether that was all.
    package static func head<Bytes: RandomAccessCollection<UInt8>>(
        _ bytes: Bytes, _ maximum: Int
    ) -> (text: String, isWhole: Bool) {
        guard bytes.count > maximum else { return (String(decoding: bytes, as: UTF8.self), true) }
        let end = characterBoundary(in: bytes, notAfter: maximum)
        return (String(decoding: bytes.prefix(end), as: UTF8.self), false)
    }

    /// In backquotes, on one line, fit for a sentence.
    package static func quoted<Bytes: RandomAccessCollection<UInt8>>(_ bytes: Bytes) -> String {
        let (text, isWhole) = head(bytes, messageBytes)
        return "`\(escaped(text))`" + (isWhole ? "" : "…")
    }

    package static func quoted(_ text: String) -> String { quoted(Array(text.utf8)) }

    /// Control characters written as escapes.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u{\(digits)}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The largest count of bytes, at most `limit`, that ends between two characters.
    package static func characterBoundary<Bytes: RandomAccessCollection<UInt8>>(
        in bytes: Bytes, notAfter limit: Int
    ) -> Int {
        guard limit < bytes.count else { return bytes.count }
        var end = max(0, limit)
        while end > 0, isContinuation(bytes[bytes.index(bytes.startIndex, offsetBy: end)]) { end -= 1 }
        return end
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    /// "line 4", "lines 4 and 9", "lines 4, 9 and 20", "lines 4, 9, 20 and 17 more"; the list must not be empty.
    package static func lines(_ numbers: [Int], showing maximum: Int = 10) -> String {
        var parts = numbers.prefix(maximum).map(String.init)
        if numbers.count > maximum { parts.append("\(numbers.count - maximum) more") }
        guard parts.count > 1, let last = parts.last else { return "line \(parts.joined())" }
        return "lines \(parts.dropLast().joined(separator: ", ")) and \(last)"
    }
}
