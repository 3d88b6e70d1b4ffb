import FileEditing
import Testing

@Suite struct LinesReplacementTests {
    private func replace(
        _ start: Int, _ end: Int, _ new: [String], expected: [String]? = nil, in content: String
    ) throws -> String {
        let edit = LinesReplacement(start: start, end: end, new: new.map(utf8), expected: expected.map { $0.map(utf8) })
        return text(try edit.applied(to: document(content)))
    }

    @Test(
        "lines give way to more or fewer lines",
        arguments: [
            ("a\nb\nc\n", 2, 2, ["x", "y"], "a\nx\ny\nc\n"), ("a\nb\nc\n", 1, 3, ["x"], "x\n"),
            ("a\nb\nc\n", 3, 3, [], "a\nb\n"), ("a\nb", 2, 2, [], "a"), ("a\nb", 2, 2, ["x", "y"], "a\nx\ny"),
            ("a\n", 1, 1, [], ""), ("a\n", 1, 1, [""], "\n"), ("a\r\nb\r\n", 1, 1, ["x", "y"], "x\r\ny\r\nb\r\n"),
            ("a\nb\n", 1, 1, ["x\ny\n"], "x\ny\nb\n"), ("\u{FEFF}a\n", 1, 1, ["x"], "\u{FEFF}x\n"),
        ] as [(String, Int, Int, [String], String)])
    func lines(_ old: String, _ start: Int, _ end: Int, _ new: [String], _ result: String) throws {
        #expect(try replace(start, end, new, in: old) == result)
    }

    @Test(
        "an end one less than the start inserts before the start",
        arguments: [
            ("a\nb\n", 1, ["x"], "x\na\nb\n"), ("a\nb\n", 3, ["x"], "a\nb\nx\n"), ("a", 2, ["x"], "a\nx"),
            ("", 1, ["x"], "x\n"),
        ] as [(String, Int, [String], String)])
    func inserts(_ old: String, _ start: Int, _ new: [String], _ result: String) throws {
        #expect(try replace(start, start - 1, new, in: old) == result)
    }

    @Test("expected lines that are there let the edit through, whatever the line ends")
    func expectation() throws {
        #expect(try replace(1, 2, ["x"], expected: ["a", "b"], in: "a\r\nb\r\nc") == "x\r\nc")
    }

    @Test("expected lines that are not there stop the edit, and the difference is shown")
    func mismatch() throws {
        let failure = try #require(throws: EditFailure.self) {
            try replace(2, 3, ["x"], expected: ["b", "c"], in: "a\nb\nC\nd\n")
        }
        #expect(failure.kind == .mismatch)
        #expect(failure.message.hasSuffix("read the file again:\n b\n-c\n+C"))
        #expect(throws: EditFailure.self) { try replace(1, 1, ["x"], expected: ["a", "b"], in: "a\nb\n") }
    }

    @Test("lines that the file does not have are refused, with its length")
    func range() {
        let failure = #expect(throws: EditFailure.self) { try replace(2, 5, ["x"], in: "a\nb\nc\n") }
        #expect(failure?.message == "lines 2 to 5 are not all there: the file has 3 lines")
        #expect(throws: EditFailure.self) { try replace(5, 4, ["x"], in: "a\nb\nc\n") }
        #expect(throws: EditFailure.self) { try replace(0, 1, ["x"], in: "a\n") }
        #expect(throws: EditFailure.self) { try replace(3, 1, ["x"], in: "a\nb\nc\n") }
    }
}
