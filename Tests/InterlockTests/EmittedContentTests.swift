import Calls
import Testing

@testable import Interlock

@Suite struct EmittedContentTests {
    @Test("text that follows text is one piece, in order")
    func order() {
        var emitted = EmittedContent(limit: 1 << 20)
        for text in ["a", "", "b"] { emitted.add(text) }
        emitted.add(mime: "image/png", [1])
        emitted.add("c")
        #expect(emitted.content == [.text("ab"), .data(mime: "image/png", [1]), .text("c")])
        #expect(emitted.leftOut == 0)
    }

    @Test("text is cut between characters, and counted", arguments: 0...8)
    func cut(limit: Int) {
        var emitted = EmittedContent(limit: limit)
        emitted.add("€€")
        emitted.add("!")
        let kept = limit / 3 * 3
        let expected = String(repeating: "€", count: min(kept / 3, 2)) + (limit == 7 || limit == 8 ? "!" : "")
        #expect(emitted.content == (expected.isEmpty ? [] : [.text(expected)]))
        #expect(emitted.leftOut == 7 - expected.utf8.count)
    }

    @Test("pieces without end are bounded, however small they are")
    func pieces() {
        var emitted = EmittedContent(limit: 10 * EmittedContent.leastPiece)
        for _ in 0..<1000 {
            emitted.add(mime: "image/png", [])
            emitted.add(mime: "image/png", [1])
        }
        #expect(emitted.content.count == 10)
        #expect(emitted.leftOut == 990)
    }
}
