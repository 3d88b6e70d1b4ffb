/// What differs between two sequences of lines. Lines are compared as numbers, equal lines having equal numbers.
package struct LineDiff: Sendable {
    /// Old lines that stand where new lines come; one of the ranges may be empty. Changes are ascending, and at least one
    /// equal line is between two of them.
    package struct Change: Sendable, Equatable {
        package var old: Range<Int>
        package var new: Range<Int>

        package init(old: Range<Int>, new: Range<Int>) {
            self.old = old
            self.new = new
        }
    }

    /// The most edits that the shortest script is searched for; its cost is the square of that in memory, and that times
    /// the number of lines in time. Texts further apart get a script that is right, but perhaps not the shortest.
    static let maximumEdits = 1024
    static let maximumEditsInGap = 128

    package static func changes<Line: Hashable>(from old: [Line], to new: [Line]) -> [Change] {
        let front = zip(old, new).prefix { $0 == $1 }.count
        let room = min(old.count, new.count) - front
        let back = zip(old.reversed(), new.reversed()).prefix(room).prefix { $0 == $1 }.count
        var numbers: [Line: Int] = [:]
        func number(_ lines: ArraySlice<Line>) -> [Int] {
            lines.map { line in
                if let known = numbers[line] { return known }
                numbers[line] = numbers.count
                return numbers.count - 1
            }
        }
        let middle = changes(
            between: number(old[front..<old.count - back]), and: number(new[front..<new.count - back]))
        return middle.map { Change(old: $0.old.shifted(by: front), new: $0.new.shifted(by: front)) }
    }

    private static func changes(between old: [Int], and new: [Int]) -> [Change] {
        if let script = ShortestEdits.changes(old[...], new[...], maximum: maximumEdits) { return script }
        var changes: [Change] = []
        var place = (old: 0, new: 0)
        for anchor in UniqueLines.anchors(old, new) + [(old: old.count, new: new.count)] {
            let gap = Change(old: place.old..<anchor.old, new: place.new..<anchor.new)
            changes += ShortestEdits.changes(old[gap.old], new[gap.new], maximum: maximumEditsInGap) ?? [gap]
            place = (anchor.old + 1, anchor.new + 1)
        }
        return changes
    }
}

extension Range<Int> {
    func shifted(by distance: Int) -> Range<Int> { lowerBound + distance..<upperBound + distance }
}

/// Myers' greedy algorithm: the furthest place on each diagonal, for one more edit at a time.
private enum ShortestEdits {
    /// Nil if more than `maximum` lines would have to be removed and added.
    static func changes(_ old: ArraySlice<Int>, _ new: ArraySlice<Int>, maximum: Int) -> [LineDiff.Change]? {
        if old.isEmpty && new.isEmpty { return [] }
        if old.isEmpty || new.isEmpty { return [.init(old: old.indices, new: new.indices)] }
        guard let trace = trace(old, new, maximum) else { return nil }
        return walkBack(trace, old, new)
    }

    /// How many old lines are consumed at the furthest place of each diagonal k = -d...d, for each number of edits d.
    private static func trace(_ old: ArraySlice<Int>, _ new: ArraySlice<Int>, _ maximum: Int) -> [[Int32]]? {
        var trace: [[Int32]] = []
        for edits in 0...min(maximum, old.count + new.count) {
            var furthest = [Int32](repeating: -1, count: 2 * edits + 1)
            for diagonal in stride(from: -edits, through: edits, by: 2) {
                var x = edits == 0 ? 0 : start(on: diagonal, trace[edits - 1], edits - 1).x
                var y = x - diagonal
                while x < old.count, y < new.count, y >= 0, old[old.startIndex + x] == new[new.startIndex + y] {
                    x += 1
                    y += 1
                }
                furthest[diagonal + edits] = Int32(x)
                if x >= old.count, y >= new.count { return trace + [furthest] }
            }
            trace.append(furthest)
        }
        return nil
    }

    /// Where the edit that leads to a diagonal ends: an added line from the diagonal above, or a removed one from below.
    private static func start(
        on diagonal: Int, _ furthest: [Int32], _ edits: Int
    ) -> (x: Int, from: Int) {
        func reached(_ k: Int) -> Int { abs(k) <= edits ? Int(furthest[k + edits]) : -1 }
        let (removing, adding) = (reached(diagonal - 1), reached(diagonal + 1))
        let adds = diagonal == -(edits + 1) || (diagonal != edits + 1 && removing < adding)
        return adds ? (adding, diagonal + 1) : (removing + 1, diagonal - 1)
    }

    private static func walkBack(
        _ trace: [[Int32]], _ old: ArraySlice<Int>, _ new: ArraySlice<Int>
    ) -> [LineDiff.Change] {
        var changes: [LineDiff.Change] = []
        var x = old.count
        var y = new.count
        for edits in stride(from: trace.count - 1, to: 0, by: -1) {
            let (startX, from) = start(on: x - y, trace[edits - 1], edits - 1)
            let startY = startX - (x - y)
            let before = Int(trace[edits - 1][from + edits - 1])
            let edit = LineDiff.Change(
                old: (before..<startX).shifted(by: old.startIndex),
                new: (before - from..<startY).shifted(by: new.startIndex))
            if let last = changes.last, last.old.lowerBound == edit.old.upperBound,
                last.new.lowerBound == edit.new.upperBound
            {
                changes[changes.count - 1] = .init(
                    old: edit.old.lowerBound..<last.old.upperBound, new: edit.new.lowerBound..<last.new.upperBound)
            } else {
                changes.append(edit)
            }
            (x, y) = (before, before - from)
        }
        return changes.reversed()
    }
}

/// Lines that are once in the old and once in the new text, in the longest order that both share (as in patience diff).
private enum UniqueLines {
    static func anchors(_ old: [Int], _ new: [Int]) -> [(old: Int, new: Int)] {
        let (inOld, inNew) = (places(old), places(new))
        var pairs: [(old: Int, new: Int)] = []
        for (place, line) in old.enumerated() {
            if inOld[line] != .some(nil), let other = inNew[line], let other { pairs.append((place, other)) }
        }
        return longestIncreasing(pairs)
    }

    /// Nil for what is there more than once.
    private static func places(_ lines: [Int]) -> [Int: Int?] {
        var places: [Int: Int?] = [:]
        for (place, line) in lines.enumerated() {
            places.updateValue(places[line] == nil ? place : nil, forKey: line)
        }
        return places
    }

    private static func longestIncreasing(_ pairs: [(old: Int, new: Int)]) -> [(old: Int, new: Int)] {
        /// The pair with the least `new` that ends an increasing run of each length.
        var ends: [Int] = []
        var previous = [Int?](repeating: nil, count: pairs.count)
        for (index, pair) in pairs.enumerated() {
            let length = ends.partitioningIndex { pairs[$0].new >= pair.new }
            previous[index] = length > 0 ? ends[length - 1] : nil
            if length < ends.count { ends[length] = index } else { ends.append(index) }
        }
        var run: [(old: Int, new: Int)] = []
        var next = ends.last
        while let index = next {
            run.append(pairs[index])
            next = previous[index]
        }
        return run.reversed()
    }
}
