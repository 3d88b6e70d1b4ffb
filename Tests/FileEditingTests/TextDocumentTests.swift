import FileEditing
import TestSupport
import Testing

@Suite struct TextDocumentTests {
    @Test(
        "lines are counted as people count them",
        arguments: [
            ("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2), ("a\r\nb\r\n", 2), ("\u{FEFF}a", 1),
        ])
    func counts(_ content: String, _ lines: Int) throws {
        #expect(try document(content).lineCount == lines)
    }

    @Test("a line has its place, its contents and its number")
    func places() throws {
        let document = try document("one\r\ntwo\n\nfour")
        #expect((1...4).map { text(Array(document.contents(ofLine: $0))) } == ["one", "two", "", "four"])
        #expect([0, 3, 4, 7, 8, 9, 12].map(document.line) == [1, 1, 2, 2, 3, 4, 4])
    }

    @Test(
        "the ending of most lines is the document's",
        arguments: [
            ("", LineEnding.lf), ("a", .lf), ("a\r\n", .crlf), ("a\r\nb", .crlf), ("a\r\nb\nc\n", .lf), ("a\rb\r", .lf),
        ])
    func endings(_ content: String, _ ending: LineEnding) throws {
        #expect(try document(content).lineEnding == ending)
    }

    @Test("what is no UTF-8 text is refused, with its place")
    func refuses() {
        #expect(throws: NotText.zeroByte(offset: 2)) { try TextDocument([97, 98, 0, 99]) }
        #expect(throws: NotText.invalidUTF8(offset: 3, byte: 0xE9)) { try TextDocument(utf8("caf") + [0xE9, 10]) }
        #expect(throws: NotText.invalidUTF8(offset: 1, byte: 0xC3)) { try TextDocument([97, 0xC3]) }
        #expect(throws: NotText.utf16) { try TextDocument([0xFF, 0xFE, 97, 0]) }
    }

    @Test("no splice gives back the file's bytes, whatever they are", arguments: 0..<200 as Range<UInt64>)
    func identity(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = ["a", "é", "\n", "\r\n", "\r", "\r\r\n", " "]
        let body = (0..<20).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        let content = (Bool.random(using: &random) ? "\u{FEFF}" : "") + body
        let document = try document(content)
        #expect(document.replacing([]) == utf8(content))
        let all = 0..<document.text.count
        #expect(document.replacing([.init(all, utf8(body))]) == utf8(content))
    }

    @Test(
        "a splice changes its own bytes and no others, in a file with mixed line ends",
        arguments: 0..<200 as Range<UInt64>)
    func splices(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let lines = (0..<8).map { "\($0)" + (Bool.random(using: &random) ? "\r\n" : "\n") }
        let mark = Bool.random(using: &random) ? "\u{FEFF}" : ""
        let document = try document(mark + lines.joined())
        let target = Int.random(in: 0..<8, using: &random)
        let range = document.range(ofLine: target + 1)
        var expected = lines
        let ending = lines[target].hasSuffix("\r\n") ? "\r\n" : "\n"
        expected[target] = "new" + ending + "lines" + ending
        #expect(text(document.replacing([.init(range, utf8("new\nlines"))])) == mark + expected.joined())
    }

    @Test("new text in a file without any line end keeps its own")
    func noEndings() throws {
        #expect(text(try document("").replacing([.init(0..<0, utf8("a\r\nb\r\n"))])) == "a\r\nb\r\n")
    }
}
