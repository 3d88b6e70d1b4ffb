import FileEditing
import Testing

@Suite struct InsertionTests {
    private func insert(_ content: String, _ place: Insertion.Place, into old: String) throws -> String {
        text(try Insertion(utf8(content), place).applied(to: document(old)))
    }

    private func failure(_ place: Insertion.Place, in old: String) throws -> EditFailure? {
        #expect(throws: EditFailure.self) { try insert("x", place, into: old) }
    }

    @Test("the text comes directly before or after its anchor")
    func besideAnchor() throws {
        #expect(try insert("X\n", .before(utf8("b\n")), into: "a\nb\nc\n") == "a\nX\nb\nc\n")
        #expect(try insert("X\n", .after(utf8("b\n")), into: "a\nb\nc\n") == "a\nb\nX\nc\n")
        #expect(try insert("1, ", .after(utf8("f(")), into: "f(x)") == "f(1, x)")
    }

    @Test("an anchor over several lines is found in a file with CR LF, which keeps them")
    func carriageReturns() throws {
        #expect(try insert("X\n", .after(utf8("a\nb\n")), into: "a\r\nb\r\nc") == "a\r\nb\r\nX\r\nc")
        #expect(try insert("X\r\n", .before(utf8("b\r\n")), into: "a\nb\n") == "a\nX\nb\n")
    }

    @Test(
        "without an anchor it is appended, on lines of its own",
        arguments: [
            ("a\n", "b\n", "a\nb\n"), ("a\n", "b", "a\nb\n"), ("a", "b", "a\nb"), ("a", "b\n", "a\nb\n"),
            ("", "b", "b"),
            ("a\r\n", "b\nc", "a\r\nb\r\nc\r\n"), ("a\r\nb", "c", "a\r\nb\r\nc"), ("a\n", "", "a\n"),
        ])
    func appends(_ old: String, _ content: String, _ new: String) throws {
        #expect(try insert(content, .end, into: old) == new)
    }

    @Test("an ambiguous anchor says how often and where it is")
    func ambiguous() throws {
        let failure = try #require(try failure(.after(utf8("x")), in: "x\na\nx x\n"))
        #expect(failure.kind == .ambiguous)
        #expect(failure.lines == [1, 3, 3])
        #expect(failure.message.contains("found 3 times, at lines 1, 3 and 3"))
    }

    @Test("an anchor that overlaps itself is ambiguous")
    func overlapping() throws {
        #expect(try failure(.after(utf8("--")), in: "---\n")?.kind == .ambiguous)
    }

    @Test("a missing anchor says what comes nearest")
    func nearest() throws {
        let failure = try #require(try failure(.before(utf8("func fooo()")), in: "import A\n\n  func foo() {\n}\n"))
        #expect(failure.kind == .notFound)
        #expect(failure.message == "insert_before was not found: `func fooo()`; nearest is line 3: `  func foo() {`")
    }

    @Test("an empty anchor is refused")
    func empty() throws {
        #expect(try failure(.after([]), in: "a")?.kind == .arguments)
    }
}
