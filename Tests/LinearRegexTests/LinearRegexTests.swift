import LinearRegex
import TestSupport
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Test("a match is found anywhere, with its place in bytes")
func places() throws {
    let regex = try LinearRegex("b+")
    #expect(regex.firstMatch(in: bytes("éabbc")) == 3..<5)
    #expect(regex.firstMatch(in: bytes("éabbc"), from: 4) == 4..<5)
    #expect(regex.firstMatch(in: bytes("éabbc"), from: 5) == nil)
    #expect(regex.firstMatch(in: []) == nil)
    #expect(regex.matches("xb") && !regex.matches("x"))
}

@Test("what stands before the start of a search is context; a part is a text of its own")
func context() throws {
    let regex = try LinearRegex(#"^b|\bc"#)
    #expect(regex.firstMatch(in: bytes("abc"), from: 1) == nil)
    #expect(regex.firstMatch(in: bytes("abc"), from: 2) == nil)
    #expect(regex.firstMatch(in: bytes("abc"), within: 1..<3) == 1..<2)
    #expect(try LinearRegex("b$").firstMatch(in: bytes("abc"), within: 0..<2) == 1..<2)
}

@Test("options: case, literal text, bytes")
func options() throws {
    #expect(try LinearRegex("ÄB", options: .ignoresCase).matches("äb"))
    #expect(try LinearRegex("a.b(", options: .literal).matches("xa.b(x"))
    #expect(try !LinearRegex("a.b(", options: .literal).matches("aXb("))
    #expect(try LinearRegex("a.b", options: .bytes).matches([0x61, 0xFF, 0x62]))
    #expect(try !LinearRegex("a.b").matches([0x61, 0xFF, 0x62]))
    #expect(try LinearRegex("b").matches([0x61, 0x00, 0xFF, 0x62]))
}

@Test("a refused pattern says why and where", arguments: [("a(b", 1), (#"x\1"#, 1), ("a**", 1), ("(?=a)", 0)])
func refusals(pattern: String, position: Int) {
    #expect {
        _ = try LinearRegex(pattern)
    } throws: { error in
        guard let failure = error as? LinearRegex.Failure else { return false }
        return !failure.reason.isEmpty && failure.description.contains(pattern)
            && (failure.position == nil || pattern.utf8.count >= position)
    }
}

@Test("the place is told when the fragment at fault stands there once")
func failurePlace() {
    #expect {
        _ = try LinearRegex(#"ab[z-a]"#)
    } throws: { error in
        let failure = error as? LinearRegex.Failure
        return failure?.fragment == "z-a" && failure?.position == 3
    }
}

@Test("memory is limited: a pattern that grows beyond it is refused")
func memory() {
    #expect(throws: LinearRegex.Failure.self) {
        try LinearRegex(#"(?:\pL{100}){10}"#, memory: 1 << 16)
    }
}

@Test("a quoted text matches itself and nothing else")
func quoting() throws {
    let literal = "a.b\\E[(*+?{|^$\u{0}\n é-/"
    let regex = try LinearRegex("^" + LinearRegex.quote(literal) + "$")
    #expect(regex.matches(literal))
    #expect(!regex.matches("aXb\\E[(*+?{|^$\u{0}\n é-/"))
}

@Test("a pattern that makes others backtrack for ever takes linear steps here")
func catastrophe() throws {
    let regex = try LinearRegex("^(a+)+$")
    #expect(!regex.matches(String(repeating: "a", count: 100_000) + "b"))
}

/// The first match of each line that has one, found by searching the whole text: line by line, from match to match.
private func lines(_ regex: LinearRegex, _ text: [UInt8]) -> [(number: Int, match: Range<Int>)] {
    var found: [(number: Int, match: Range<Int>)] = []
    var from = 0
    while from < text.count, let match = regex.firstMatch(in: text, from: from) {
        // An empty match behind the last line feed: no line begins there.
        guard match.lowerBound < text.count || text.last != 0x0A else { break }
        found.append((text[..<match.lowerBound].count { $0 == 0x0A } + 1, match))
        from = (text[match.lowerBound...].firstIndex(of: 0x0A) ?? text.count) + 1
    }
    return found
}

private func lines(_ pattern: String, _ text: String) throws -> [(number: Int, match: Range<Int>)] {
    lines(try LinearRegex(pattern, options: .lines), bytes(text))
}

@Test("with lines, '^' and '$' match at the ends of each")
func matchingLines() throws {
    let text = "one\n\ntwo two\nthree"
    #expect(try lines("t[wh]", text).map(\.number) == [3, 4])
    #expect(try lines("t[wh]", text).map(\.match) == [5..<7, 13..<15])
    #expect(try lines("e$", text).map(\.number) == [1, 4])
    #expect(try lines("^$", text).map(\.number) == [2])
}

@Test("no match reaches over a line feed, and none lies behind the last one")
func lineEnds() throws {
    #expect(try lines(#"e\s+t"#, "e\nt\ne t").map(\.number) == [3])
    #expect(try lines("[^x]+", "a\nb\n").map(\.match) == [0..<1, 2..<3])
    #expect(try lines("^", "a\nb\n").map(\.number) == [1, 2])
    #expect(try lines("^", "\n\n").map(\.number) == [1, 2])
    #expect(try lines("^", "").isEmpty)
}

@Test("lines found by one search are those found line by line")
func linesBySearch() throws {
    var generator = SeededGenerator(seed: 7)
    for pattern in ["a", "^a", "b$", "a.*b", "", "[^a]", "ab|c"] {
        let regex = try LinearRegex(pattern, options: .lines)
        for _ in 0..<100 {
            let text = (0..<30).map { _ in "abc\n\n".utf8.randomElement(using: &generator) ?? 0x61 }
            var expected: [Int] = []
            var start = 0
            for (place, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
                let part = start..<start + line.count
                start = part.upperBound + 1
                let isLast = part.upperBound == text.count
                if isLast && line.isEmpty { continue }
                if regex.firstMatch(in: text, within: part) != nil { expected.append(place + 1) }
            }
            #expect(lines(regex, text).map(\.number) == expected, "\(pattern) in \(text)")
        }
    }
}
