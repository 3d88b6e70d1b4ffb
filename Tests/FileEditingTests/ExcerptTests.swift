import FileEditing
import Testing

@Suite struct ExcerptTests {
    @Test("characters are not cut apart", arguments: 0...6)
    func boundary(_ limit: Int) {
        let (head, isWhole) = Excerpt.head(utf8("aé🙂"), limit)
        #expect("aé🙂".hasPrefix(head) && isWhole == (limit >= 7) && head.utf8.count <= limit)
        #expect(!head.unicodeScalars.contains("\u{FFFD}"))
    }

    @Test("a quotation stays on one line")
    func quoted() {
        #expect(Excerpt.quoted("a\n\tb\r\u{1}") == "`a\\n\\tb\\r\\u{1}`")
    }

    @Test("lines are listed as in a sentence")
    func lines() {
        #expect(Excerpt.lines([4]) == "line 4")
        #expect(Excerpt.lines([4, 9]) == "lines 4 and 9")
        #expect(Excerpt.lines([4, 9, 20]) == "lines 4, 9 and 20")
        #expect(Excerpt.lines(Array(1...5), showing: 2) == "lines 1, 2 and 3 more")
    }
}
