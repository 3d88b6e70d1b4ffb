import Messages
import Testing

private func read(_ chunks: [String], limit: Int = 100) -> [JSONLinesReader.Line] {
    var reader = JSONLinesReader(limit: limit)
    let lines = chunks.flatMap { reader.feed(Array($0.utf8)) }
    return lines + [reader.finish()].compactMap { $0 }
}

private func line(_ number: Int, _ text: String) -> JSONLinesReader.Line {
    JSONLinesReader.Line(number: number, content: .text(Array(text.utf8)))
}

@Test("a line is there as soon as its line feed is")
func immediately() {
    var reader = JSONLinesReader()
    #expect(reader.feed(Array("{\"a\"".utf8)) == [])
    #expect(reader.feed(Array(":1}\n{".utf8)) == [line(1, "{\"a\":1}")])
    #expect(reader.feed(Array("}\n".utf8)) == [line(2, "{}")])
    #expect(reader.finish() == nil)
}

@Test("lines are the same however the bytes are cut")
func anyCut() {
    let text = "one\r\n\n  \ntwo\n\rthree \r\nlast"
    let expected = [line(1, "one"), line(4, "two"), line(5, "\rthree "), line(6, "last")]
    for size in 1...text.utf8.count {
        let bytes = Array(text.utf8)
        let chunks = stride(from: 0, to: bytes.count, by: size).map {
            String(decoding: bytes[$0..<min($0 + size, bytes.count)], as: UTF8.self)
        }
        #expect(read(chunks) == expected)
    }
}

@Test("a line that is too long is reported by its number, and the next is read")
func tooLong() {
    for cut in 1...20 {
        let text = Array("12345\n123456\r\n12345\r\n123456789012\nend")
        let chunks = stride(from: 0, to: text.count, by: cut).map { String(text[$0..<min($0 + cut, text.count)]) }
        let long = JSONLinesReader.Line.Content.tooLong(limit: 5)
        let expected = [
            line(1, "12345"), .init(number: 2, content: long), line(3, "12345"), .init(number: 4, content: long),
            line(5, "end"),
        ]
        #expect(read(chunks, limit: 5) == expected)
    }
}
