/// The rules of one .gitignore file, for what is below its directory. As gitignore(5) has them.
package struct IgnoreRules: Sendable {
    package static let fileName = Array(".gitignore".utf8)
    /// A file beyond these bounds is cut off there.
    package static let maximumBytes = 1 << 20
    package static let maximumRules = 10_000

    private struct Rule: Sendable {
        var pattern: PathPattern
        /// For the whole path, rather than for the name in whatever directory.
        var isAnchored: Bool
        var isForDirectories: Bool
        /// Brings back what an earlier rule ignores.
        var isNegated: Bool
    }

    private var rules: [Rule]

    package init(_ file: [UInt8]) {
        let mark = TextDocument.byteOrderMark
        let text = file.starts(with: mark) ? file.dropFirst(mark.count) : file[...]
        rules = text.prefix(Self.maximumBytes).split(separator: newline).prefix(Self.maximumRules).compactMap(Self.rule)
    }

    package var isEmpty: Bool { rules.isEmpty }

    /// Whether the last rule that fits says ignored; nil if none fits. The path's names are those below the directory of
    /// the file.
    package func verdict(on path: ArraySlice<[UInt8]>, isDirectory: Bool) -> Bool? {
        let rule = rules.last { rule in
            (isDirectory || !rule.isForDirectories) && rule.pattern.matches(rule.isAnchored ? path : path.suffix(1))
        }
        return rule.map { !$0.isNegated }
    }

    private static func rule(_ line: ArraySlice<UInt8>) -> Rule? {
        var pattern = withoutTrailingSpaces(line.last == carriageReturn ? line.dropLast() : line)
        guard pattern.first != UInt8(ascii: "#") else { return nil }
        let isNegated = pattern.first == UInt8(ascii: "!")
        if isNegated { pattern.removeFirst() }
        let isForDirectories = pattern.last == UInt8(ascii: "/")
        if isForDirectories { pattern.removeLast() }
        let isAnchored = pattern.contains(UInt8(ascii: "/"))
        if pattern.first == UInt8(ascii: "/") { pattern.removeFirst() }
        guard !pattern.isEmpty, let parsed = PathPattern(pattern) else { return nil }
        return Rule(
            pattern: parsed, isAnchored: isAnchored, isForDirectories: isForDirectories, isNegated: isNegated)
    }

    /// A space behind a backslash stays.
    private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = line.startIndex
        var place = line.startIndex
        while place < line.endIndex {
            let isEscape = line[place] == UInt8(ascii: "\\")
            let isSpace = line[place] == UInt8(ascii: " ")
            place = min(place + (isEscape ? 2 : 1), line.endIndex)
            if !isSpace { end = place }
        }
        return line[..<end]
    }
}

/// The rules that hold in a directory of a tree: its own file's, and those of the directories above it in the tree. The
/// nearest file that has something to say decides.
package struct IgnoreScope: Sendable {
    /// Outermost first; `depth` is how many names the file's directory is below the tree's root.
    private var levels: [(depth: Int, rules: IgnoreRules)] = []

    package init() {}

    package func entering(_ rules: IgnoreRules, depth: Int) -> IgnoreScope {
        guard !rules.isEmpty else { return self }
        var inner = self
        inner.levels.append((depth, rules))
        return inner
    }

    /// The path's names are those below the tree's root. Its directories must not be ignored themselves: what is in an
    /// ignored directory cannot be brought back.
    package func ignores(_ path: [[UInt8]], isDirectory: Bool) -> Bool {
        for level in levels.reversed() {
            if let verdict = level.rules.verdict(on: path[level.depth...], isDirectory: isDirectory) { return verdict }
        }
        return false
    }
}
