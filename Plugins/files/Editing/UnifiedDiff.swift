/// The difference between two texts in the form that patch(1) reads. Line ends are part of the lines: a CR is kept.
package struct UnifiedDiff: Sendable, Equatable {
    package static let contextLines = 3
    package static let maximumBytes = 16 << 10

    /// Empty when nothing differs.
    package var text: String
    /// False when hunks are left out, which the text then says.
    package var isWhole: Bool
    package var addedLines: Int
    package var removedLines: Int

    /// `old` nil = the file was made. Both must be UTF-8.
    package init(path: String, from old: [UInt8]?, to new: [UInt8], maximumBytes: Int = UnifiedDiff.maximumBytes) {
        let lines = Lines(old: Self.lines(old ?? []), new: Self.lines(new))
        let changes = LineDiff.changes(from: lines.old, to: lines.new)
        addedLines = changes.reduce(0) { $0 + $1.new.count }
        removedLines = changes.reduce(0) { $0 + $1.old.count }
        let hunks = Self.hunks(changes, lines)
        guard !hunks.isEmpty else {
            (text, isWhole) = ("", true)
            return
        }
        let name = Self.name(path)
        var bytes = Array("--- \(old == nil ? "/dev/null" : "a/\(name)")\n+++ b/\(name)\n".utf8)
        let shown = Self.render(hunks, lines, maximumBytes, into: &bytes)
        isWhole = shown == hunks.count
        if !isWhole {
            bytes += "[diff shortened: \(hunks.count - shown) of \(hunks.count) hunks are not shown; ".utf8
            bytes += "\(addedLines) lines added and \(removedLines) removed in all]\n".utf8
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The lines of the only hunk, for a message: every line of both, without ranges.
    static func body(from old: [[UInt8]], to new: [[UInt8]], maximumBytes: Int) -> String {
        let lines = Lines(old: old.map { ($0 + [newline])[...] }, new: new.map { ($0 + [newline])[...] })
        let changes = LineDiff.changes(from: lines.old, to: lines.new)
        let hunk = Hunk(old: 0..<old.count, new: 0..<new.count, changes: changes[...])
        let (text, isWhole) = Excerpt.head(Self.body(hunk, lines).dropLast(), maximumBytes)
        return isWhole ? text : text + "\n[shortened]"
    }

    private struct Lines {
        var old: [ArraySlice<UInt8>]
        var new: [ArraySlice<UInt8>]
    }

    private struct Hunk {
        var old: Range<Int>
        var new: Range<Int>
        var changes: ArraySlice<LineDiff.Change>
    }

    /// Each with its line end.
    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for (place, byte) in bytes.enumerated() where byte == newline {
            lines.append(bytes[start...place])
            start = place + 1
        }
        if start < bytes.count { lines.append(bytes[start...]) }
        return lines
    }

    /// Changes whose contexts would touch share a hunk.
    private static func hunks(_ changes: [LineDiff.Change], _ lines: Lines) -> [Hunk] {
        var hunks: [Hunk] = []
        var first = 0
        for index in changes.indices {
            let isLast = index + 1 == changes.count
            if !isLast, changes[index + 1].old.lowerBound - changes[index].old.upperBound <= 2 * contextLines {
                continue
            }
            let (start, end) = (changes[first], changes[index])
            let before = min(contextLines, start.old.lowerBound)
            let after = min(contextLines, lines.old.count - end.old.upperBound)
            hunks.append(
                Hunk(
                    old: start.old.lowerBound - before..<end.old.upperBound + after,
                    new: start.new.lowerBound - before..<end.new.upperBound + after,
                    changes: changes[first...index]))
            first = index + 1
        }
        return hunks
    }

    /// As many hunks as fit; answers how many.
    private static func render(_ hunks: [Hunk], _ lines: Lines, _ maximumBytes: Int, into bytes: inout [UInt8]) -> Int {
        var room = maximumBytes
        for (shown, hunk) in hunks.enumerated() {
            let rendered = render(hunk, lines)
            room -= rendered.count
            guard room >= 0 else { return shown }
            bytes += rendered
        }
        return hunks.count
    }

    private static func render(_ hunk: Hunk, _ lines: Lines) -> [UInt8] {
        Array("@@ -\(place(hunk.old)) +\(place(hunk.new)) @@\n".utf8) + body(hunk, lines)
    }

    /// An empty range is named by the line before it.
    private static func place(_ range: Range<Int>) -> String {
        switch range.count {
        case 0: "\(range.lowerBound),0"
        case 1: "\(range.lowerBound + 1)"
        default: "\(range.lowerBound + 1),\(range.count)"
        }
    }

    private static func body(_ hunk: Hunk, _ lines: Lines) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ sign: Character, _ some: ArraySlice<ArraySlice<UInt8>>) {
            for line in some {
                bytes += String(sign).utf8
                bytes += line
                if line.last != newline { bytes += "\n\\ No newline at end of file\n".utf8 }
            }
        }
        var copied = hunk.old.lowerBound
        for change in hunk.changes {
            add(" ", lines.old[copied..<change.old.lowerBound])
            add("-", lines.old[change.old])
            add("+", lines.new[change.new])
            copied = change.old.upperBound
        }
        add(" ", lines.old[copied..<hunk.old.upperBound])
        return bytes
    }

    /// Without what would break the header's line.
    private static func name(_ path: String) -> String {
        Excerpt.escaped(path.hasPrefix("/") ? String(path.dropFirst()) : path)
    }
}
