import FileEditing
import Testing

@Suite struct LineWindowTests {
    private func window(
        _ content: String, first: Int = 1, lines: Int = 100, bytes: Int = 1000, pieces: Int = 3
    ) -> LineWindow {
        var window = LineWindow(first: first, maximumLines: lines, maximumBytes: bytes)
        var rest = utf8(content)[...]
        while !rest.isEmpty {
            window.feed(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        return window
    }

    @Test("the window is the same, however the file comes in pieces", arguments: 1...9)
    func pieces(_ size: Int) {
        let window = window("one\ntwo\nthree\nfour\nfive", first: 2, lines: 3, pieces: size)
        #expect(text(window.bytes) == "two\nthree\nfour\n")
        #expect(window.fileOffset == 4)
        #expect((window.first, window.last, window.seenLines) == (2, 4, 5))
        #expect(window.isFull)
    }

    @Test("a whole file is not full")
    func whole() {
        let window = window("a\nb")
        #expect(text(window.bytes) == "a\nb")
        #expect(!window.isFull && window.seenLines == 2 && window.last == 2)
    }

    @Test("as many lines as there are leave it open")
    func exactly() {
        #expect(!window("a\nb\n", lines: 2).isFull)
        #expect(window("a\nb\nc", lines: 2).isFull)
    }

    @Test("a line that does not fit is left for the next window")
    func bytes() {
        let window = window("aaaa\nbbbb\ncccc\n", bytes: 12)
        #expect(text(window.bytes) == "aaaa\nbbbb\n")
        #expect(window.isFull && window.last == 2 && window.cutLine == nil)
    }

    @Test("a single line that does not fit is cut between two characters")
    func cut() {
        let window = window("x\néééééé\n", first: 2, bytes: 5)
        #expect(text(window.bytes) == "éé")
        #expect(window.cutLine == 2 && window.isFull)
    }

    @Test("a note says what is not shown, and how to read on")
    func notes() {
        #expect(window("a\nb\nc\n", lines: 2).note(lineCount: 3) == "[lines 1 to 2 of 3; read on with offset 3]\n")
        #expect(window("a\nb\nc\n", lines: 2).note(lineCount: nil) == "[lines 1 to 2 of more; read on with offset 3]\n")
        #expect(window("a\nb\n").note(lineCount: 2) == nil)
        #expect(window("").note(lineCount: 0) == "[the file is empty]\n")
        #expect(
            window("aaaa\nb", bytes: 3).note(lineCount: 2)
                == "[line 1 is cut off after 3 bytes, file_search finds text in it; read on with offset 2]\n")
        #expect(window("aaaa\n", bytes: 3).note(lineCount: 1)?.hasSuffix("it is the last line]\n") == true)
    }

    @Test("the text comes without a byte order mark, and numbered if asked for")
    func shown() throws {
        #expect(try window("\u{FEFF}a\r\nb").text(numbered: false) == "a\r\nb")
        #expect(try window("a\nb\n\nc", first: 2).text(numbered: true) == "2: b\n3: \n4: c")
    }

    @Test("what is no text is said with its place in the file")
    func notText() {
        var window = LineWindow(first: 2, maximumLines: 9, maximumBytes: 99)
        window.feed(utf8("one\ntw") + [0xFF])
        #expect(throws: NotText.invalidUTF8(offset: 6, byte: 0xFF)) { try window.text(numbered: false) }
    }

    @Test("behind the end there is nothing")
    func behind() {
        let window = window("a\n", first: 5)
        #expect(window.lineCount == 0 && window.seenLines == 1)
    }
}
