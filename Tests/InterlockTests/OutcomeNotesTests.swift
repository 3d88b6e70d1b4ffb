import Calls
import Testing

@testable import Interlock

@Suite("What an outcome says of its call though nothing failed")
struct OutcomeNotesTests {
    private func said(_ lines: [String]) -> [String] {
        var notes = OutcomeNotes()
        for line in lines { notes.add([line]) }
        return notes.content.map { if case .text(let text) = $0 { text } else { "" } }
    }

    @Test("each thing is said once, in its order")
    func once() {
        #expect(said(["a", "b", "a"]) == ["\n[a]", "\n[b]"])
        #expect(said([]).isEmpty)
    }

    @Test("what is more than can be of use is counted")
    func bounded() {
        let lines = (0..<OutcomeNotes.most + 3).map(String.init)
        let said = said(lines)
        #expect(said.count == OutcomeNotes.most + 1 && said.last == "\n[3 more such notes were left out]")
    }
}
