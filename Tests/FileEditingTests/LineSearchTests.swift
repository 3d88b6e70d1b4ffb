import FileEditing
import LinearRegex
import Testing

@Suite struct LineSearchTests {
    private func search(_ literal: String) -> LineSearch {
        let literal = Literal(utf8(literal))
        return LineSearch { bytes, from in
            literal.offsets(in: Array(bytes[from...]), overlapping: false, limit: 1).first
                .map { from + $0..<from + $0 + literal.bytes.count }
        }
    }

    private func shown(_ literal: String, in content: String, context: Int = 0, limit: Int = 100) throws -> [String] {
        let document = try document(content)
        let matches = search(literal).matches(in: document, limit: limit)
        return LineSearch.render(matches, in: document, path: "f", context: context)
    }

    @Test("each line that matches is shown once, with its number and without its line end")
    func lines() throws {
        #expect(try shown("x", in: "x x\r\na\r\nbx\r\n") == ["f:1: x x", "f:3: bx"])
        #expect(try shown("y", in: "x") == [])
        #expect(try shown("y", in: "") == [])
    }

    @Test("an empty match counts on each line, and not behind the last one")
    func empty() throws {
        let search = LineSearch { bytes, from in from <= bytes.count ? from..<from : nil }
        #expect(search.matches(in: try document("a\n\nb\n"), limit: 9).map(\.line) == [1, 2, 3])
        #expect(search.matches(in: try document("a\nb"), limit: 9).map(\.line) == [1, 2])
    }

    @Test(
        "the engine's lines are the document's",
        arguments: [
            ("^b$", [2]), ("^$", [3]), ("a\\s*b", []), ("[^x]c", []), ("$", [1, 2, 3, 4]), ("(?i)C", [4]), ("\\r", []),
        ])
    func engine(_ pattern: String, _ lines: [Int]) throws {
        let regex = try LinearRegex(pattern, options: .lines)
        let search = LineSearch { regex.firstMatch(in: $0, from: $1) }
        #expect(search.matches(in: try document("a\r\nb\r\n\r\nc\r\n"), limit: 9).map(\.line) == lines)
    }

    @Test("lines around matches come once, and gaps are marked")
    func context() throws {
        let content = (1...9).map { $0 == 2 || $0 == 4 || $0 == 9 ? "x\($0)" : "\($0)" }.joined(separator: "\n")
        #expect(
            try shown("x", in: content, context: 1) == [
                "f-1- 1", "f:2: x2", "f-3- 3", "f:4: x4", "f-5- 5", "--", "f-8- 8", "f:9: x9",
            ])
    }

    @Test("no more than the limit")
    func limit() throws {
        #expect(try shown("x", in: "x\nx\nx", limit: 2).count == 2)
    }

    @Test("a long line is cut so that the match is seen")
    func longLine() throws {
        let content = String(repeating: "é", count: 1000) + "NEEDLE" + String(repeating: "é", count: 1000)
        let line = try #require(try shown("NEEDLE", in: content).first)
        #expect(line.contains("NEEDLE") && line.utf8.count < 400 && line.hasPrefix("f:1: …é") && line.hasSuffix("é…"))
    }
}
