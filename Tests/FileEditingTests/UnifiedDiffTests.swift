import FileEditing
import Foundation
import TestSupport
import Testing

@Suite struct UnifiedDiffTests {
    @Test("a change is shown with three lines around it")
    func hunk() {
        let old = (1...9).map { "\($0)\n" }.joined()
        let diff = UnifiedDiff(path: "d/f", from: utf8(old), to: utf8(old.replacing("5", with: "five")))
        #expect(
            diff.text == """
                --- a/d/f
                +++ b/d/f
                @@ -2,7 +2,7 @@
                 2
                 3
                 4
                -5
                +five
                 6
                 7
                 8

                """)
        #expect(diff.addedLines == 1 && diff.removedLines == 1 && diff.isWhole)
    }

    @Test("a new file comes from /dev/null, and a missing final newline is said")
    func new() {
        let diff = UnifiedDiff(path: "/f", from: nil, to: utf8("a\nb"))
        #expect(diff.text == "--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n")
    }

    @Test("a final newline that comes is a difference")
    func finalNewline() {
        let diff = UnifiedDiff(path: "f", from: utf8("a"), to: utf8("a\n"))
        #expect(diff.text.hasSuffix("@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"))
    }

    @Test("equal texts have no difference")
    func equal() {
        #expect(UnifiedDiff(path: "f", from: utf8("a\n"), to: utf8("a\n")).text.isEmpty)
    }

    @Test("a diff beyond its bound leaves out whole hunks, and says how many")
    func shortened() {
        let old = (0..<100).map { "line \($0)\n" }.joined()
        let new = old.replacing("line 5\n", with: "x\n").replacing("line 90\n", with: "y\n")
        let diff = UnifiedDiff(path: "f", from: utf8(old), to: utf8(new), maximumBytes: 100)
        #expect(!diff.isWhole)
        #expect(diff.text.contains("+x") && !diff.text.contains("+y"))
        #expect(
            diff.text.hasSuffix(
                "[diff shortened: 1 of 2 hunks are not shown; 2 lines added and 2 removed in all]\n"))
    }

    @Test("texts that share nothing are diffed in bounded work")
    func apart() {
        let old = (0..<20_000).map { "old \($0)\n" }.joined()
        let new = (0..<20_000).map { "new \($0)\n" }.joined()
        let diff = UnifiedDiff(path: "f", from: utf8(old), to: utf8("same\n" + new))
        #expect(diff.removedLines == 20_000 && diff.addedLines == 20_001)
    }

    @Test("lines that are unique in both texts hold a long diff together")
    func anchors() {
        let old = (0..<6_000).map { $0.isMultiple(of: 3) ? "mark \($0)" : "old \($0)" }
        let new = (0..<6_000).map { $0.isMultiple(of: 3) ? "mark \($0)" : "new \($0)" }
        #expect(LineDiff.changes(from: old, to: new).count == 2_000)
    }

    @Test("changes turn the old lines into the new ones, and are the fewest", arguments: 0..<300 as Range<UInt64>)
    func changes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let old = (0..<Int.random(in: 0...12, using: &random)).map { _ in Int.random(in: 0..<4, using: &random) }
        let new = (0..<Int.random(in: 0...12, using: &random)).map { _ in Int.random(in: 0..<4, using: &random) }
        let changes = LineDiff.changes(from: old, to: new)
        var rebuilt: [Int] = []
        var place = 0
        for change in changes {
            rebuilt += old[place..<change.old.lowerBound] + new[change.new]
            place = change.old.upperBound
        }
        #expect(rebuilt + old[place...] == new)
        let edits = changes.reduce(0) { $0 + $1.old.count + $1.new.count }
        #expect(edits == old.count + new.count - 2 * longestCommonSubsequence(old, new))
    }

    private func longestCommonSubsequence(_ a: [Int], _ b: [Int]) -> Int {
        var row = [Int](repeating: 0, count: b.count + 1)
        for x in a {
            var corner = 0
            for (j, y) in b.enumerated() {
                (corner, row[j + 1]) = (row[j + 1], x == y ? corner + 1 : max(row[j + 1], row[j]))
            }
        }
        return row[b.count]
    }

    @Test(
        "patch(1) makes the new text of the old one", .enabled(if: Program.exists("patch")),
        arguments: 0..<40 as Range<UInt64>)
    func applies(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let ending = Bool.random(using: &random) ? "\n" : "\r\n"
        let vocabulary = Int.random(in: 2...60, using: &random)
        let old = random.lines(Int.random(in: 1...60, using: &random), vocabulary: vocabulary, ending: ending)
        let new =
            seed.isMultiple(of: 4)
            ? random.lines(Int.random(in: 1...60, using: &random), vocabulary: vocabulary, ending: ending)
            : edited(old, ending, &random)
        let diff = UnifiedDiff(path: "f", from: utf8(old), to: utf8(new), maximumBytes: .max)
        try TemporaryDirectory.with { directory in
            try Data(utf8(old)).write(to: directory.appending(path: "f"))
            try Data(utf8(diff.text)).write(to: directory.appending(path: "f.diff"))
            guard old != new else { return }
            let result = try Program.run("patch", ["--binary", "--fuzz=0", "-p1", "-i", "f.diff"], in: directory)
            #expect(result.status == 0, "\(result.output)\(diff.text)")
            #expect(try Data(contentsOf: directory.appending(path: "f")) == Data(utf8(new)))
        }
    }

    private func edited(_ content: String, _ ending: String, _ random: inout SeededGenerator) -> String {
        var lines = content.components(separatedBy: ending)
        for _ in 0..<Int.random(in: 1...5, using: &random) where !lines.isEmpty {
            let place = Int.random(in: 0..<lines.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: lines.remove(at: place)
            case 1: lines.insert("new \(place)", at: place)
            default: lines[place] += "!"
            }
        }
        return lines.joined(separator: ending)
    }
}
