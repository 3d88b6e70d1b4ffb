/// Which files a search looks into: a glob such as `*.swift`, `src/**/*.{c,h}`. Without a `/` it is for the name, in
/// whatever directory; with one, for the path below the directory that is searched.
package struct PathFilter: Sendable {
    package struct Malformed: Error, Sendable, Equatable {
        package var reason: String
    }

    package static let maximumAlternatives = 256
    package static let maximumBytes = 4096

    private var patterns: [(pattern: PathPattern, isAnchored: Bool)] = []

    package init(_ glob: String) throws(Malformed) {
        guard !glob.isEmpty else { throw Malformed(reason: "the glob is empty; leave it out to search all files") }
        guard glob.utf8.count <= Self.maximumBytes else {
            throw Malformed(reason: "the glob is longer than \(Self.maximumBytes) bytes")
        }
        for alternative in try Braces.expanded(Array(glob.utf8)) {
            let isAnchored = alternative.first == UInt8(ascii: "/")
            guard let pattern = PathPattern(alternative.dropFirst(isAnchored ? 1 : 0)) else {
                throw Malformed(
                    reason: "the glob \(Excerpt.quoted(alternative)) has a [ without its ], or ends with a backslash")
            }
            patterns.append((pattern, isAnchored || !pattern.hasOneComponent))
        }
    }

    /// The path's names below the directory that is searched.
    package func matches(_ path: [[UInt8]]) -> Bool {
        patterns.contains { pattern, isAnchored in pattern.matches(isAnchored ? path[...] : path.suffix(1)) }
    }
}

/// `a{b,c}` as `ab` and `ac`, also nested. A brace that is not closed means itself.
private enum Braces {
    static func expanded(_ glob: [UInt8]) throws(PathFilter.Malformed) -> [[UInt8]] {
        var done: [[UInt8]] = []
        var open = [glob]
        while let next = open.popLast() {
            guard let group = firstGroup(in: next) else {
                done.append(next)
                continue
            }
            let (front, back) = (next[..<group.range.lowerBound], next[group.range.upperBound...])
            open += group.alternatives.reversed().map { Array(front + $0 + back) }
            guard open.count + done.count <= PathFilter.maximumAlternatives else {
                throw PathFilter.Malformed(
                    reason: "the glob's braces stand for more than \(PathFilter.maximumAlternatives) patterns")
            }
        }
        return done
    }

    private static func firstGroup(in glob: [UInt8]) -> (range: Range<Int>, alternatives: [ArraySlice<UInt8>])? {
        var start = 0
        while let place = glob[start...].firstIndex(of: UInt8(ascii: "{")) {
            if !isEscaped(place, glob), let group = group(in: glob, at: place) { return group }
            start = place + 1
        }
        return nil
    }

    private static func isEscaped(_ place: Int, _ glob: [UInt8]) -> Bool {
        !glob[..<place].reversed().prefix { $0 == UInt8(ascii: "\\") }.count.isMultiple(of: 2)
    }

    private static func group(
        in glob: [UInt8], at open: Int
    ) -> (range: Range<Int>, alternatives: [ArraySlice<UInt8>])? {
        var alternatives: [ArraySlice<UInt8>] = []
        var depth = 0
        var start = open + 1
        for place in open..<glob.count where !isEscaped(place, glob) {
            switch glob[place] {
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ",") where depth == 1:
                alternatives.append(glob[start..<place])
                start = place + 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return (open..<place + 1, alternatives + [glob[start..<place]]) }
            default: continue
            }
        }
        return nil
    }
}
