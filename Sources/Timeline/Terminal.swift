/// Text on a terminal: how wide it is.
package enum Terminal {
    /// How many columns a printable text takes.
    package static func columns(_ text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + columns($1) }
    }

    private static func columns(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        let isEmoji = first.properties.isEmojiPresentation || character.unicodeScalars.contains("\u{FE0F}")
        return isEmoji || wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// East Asian wide and full-width scalars, in blocks.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]

    /// At most `limit` columns: the middle gives way to `ellipsis`, and the end keeps a little more than the beginning.
    package static func shortened(_ text: String, to limit: Int, _ ellipsis: String) -> String {
        guard columns(text) > limit else { return text }
        let room = limit - columns(ellipsis)
        guard room > 0 else { return String(repeating: ".", count: max(limit, 0)) }
        let head = fitting(text, in: room * 2 / 5)
        let tail = String(fitting(String(text.reversed()), in: room - columns(head)).reversed())
        return head + ellipsis + tail
    }

    /// At most `limit` columns: the end gives way.
    package static func truncated(_ text: String, to limit: Int, _ ellipsis: String) -> String {
        guard columns(text) > limit else { return text }
        return fitting(text, in: limit - columns(ellipsis)) + ellipsis
    }

    package static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - columns(text)))
    }

    private static func fitting(_ text: String, in limit: Int) -> String {
        var width = 0
        return String(
            text.prefix { character in
                width += columns(character)
                return width <= limit
            })
    }
}
