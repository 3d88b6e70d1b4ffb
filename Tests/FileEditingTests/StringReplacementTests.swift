import FileEditing
import Testing

@Suite struct StringReplacementTests {
    private func replace(
        _ old: String, _ new: String, _ count: StringReplacement.Count = .exactly(1), in content: String
    ) throws -> String {
        text(try StringReplacement(utf8(old), with: utf8(new), count).applied(to: document(content)).bytes)
    }

    private func failure(
        _ old: String, _ count: StringReplacement.Count = .exactly(1), in content: String
    ) throws -> EditFailure? {
        #expect(throws: EditFailure.self) { try replace(old, "new", count, in: content) }
    }

    @Test("a string that is there once is replaced")
    func once() throws {
        #expect(try replace("50", "FIFTY", in: "49\n50\n51") == "49\nFIFTY\n51")
    }

    @Test("an old string with LF is found in a file with CR LF, and the result keeps them")
    func carriageReturns() throws {
        #expect(try replace("a\nb", "a\nx\nb", in: "\u{FEFF}a\r\nb\r\nc") == "\u{FEFF}a\r\nx\r\nb\r\nc")
        #expect(try replace("a\r\nb", "b\r\na", in: "a\nb\n") == "b\na\n")
    }

    @Test("mixed line ends outside of what changes stay mixed")
    func mixed() throws {
        #expect(try replace("a\nb\nc", "a\nB\nc", in: "a\nb\r\nc\n") == "a\nB\r\nc\n")
    }

    @Test("a count is a promise: that many, all of them")
    func counts() throws {
        #expect(try replace("a", "b", .exactly(3), in: "a a a") == "b b b")
        #expect(try replace("a", "aa", .all, in: "a-a") == "aa-aa")
        #expect(try StringReplacement(utf8("a"), with: [], .all).applied(to: document("aaa")).replacements == 3)
        let failure = try #require(try failure("a", .exactly(2), in: "a\na\na"))
        #expect(failure.kind == .ambiguous)
        #expect(failure.message.contains("found 3 times, at lines 1, 2 and 3; replace_count 2 means exactly 2"))
    }

    @Test("a string that must be there once and is there more often says where")
    func ambiguous() throws {
        let failure = try #require(try failure("x", in: "x\ny\nx"))
        #expect(failure.message.hasPrefix("old_string was found twice, at lines 1 and 3; give more context"))
        #expect(try self.failure("aa", in: "aaa")?.kind == .ambiguous)
    }

    @Test("replacing all takes places from the left, without overlap")
    func overlap() throws {
        #expect(try replace("aa", "b", .all, in: "aaa") == "ba")
    }

    @Test("a string that is not there says what comes nearest, and what differs")
    func missing() throws {
        let wanted = "if a {\n    run()\n}"
        let failure = try #require(try failure(wanted, in: "x\nif a {\n\trun()\n}\ny\n"))
        #expect(
            failure.message.hasSuffix(
                "; nearest are lines 2 to 4, which differs only in white space:\n2: if a {\n3: \trun()\n4: }"))
        #expect(try self.failure("HELLO there", in: "hello There")?.message.contains("only in letter case") == true)
        #expect(try self.failure("zebra", in: "1\n2\n")?.message.contains("nothing in the file resembles it") == true)
        #expect(try self.failure("zebra", in: "")?.message.contains("the file is empty") == true)
    }

    @Test("an empty or unchanged string is refused")
    func arguments() throws {
        #expect(try failure("", in: "a")?.kind == .arguments)
        #expect(throws: EditFailure.self) { try replace("a", "a", in: "a") }
    }

    @Test("replacements that would make a giant of a small file are refused before they are made")
    func giant() throws {
        let edit = StringReplacement(utf8("a"), with: [UInt8](repeating: 98, count: 1 << 20), .all)
        let failure = #expect(throws: EditFailure.self) { try edit.applied(to: document("aaaaaaaaaaaaaaaaa")) }
        #expect(failure?.kind == .limit)
    }
}
