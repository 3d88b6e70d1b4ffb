import FileEditing
import TestSupport
import Testing

@Suite struct NearestMatchTests {
    private func lines(_ wanted: String, in content: String) throws -> ClosedRange<Int>? {
        let document = try document(content)
        return NearestMatch.find(utf8(wanted), in: document).map {
            document.line(at: $0.range.lowerBound)...document.line(at: $0.range.upperBound - 1)
        }
    }

    @Test("a line with a slip of the pen is found among many", arguments: 0..<20 as Range<UInt64>)
    func slip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array("abcdefghijklmnopqrstuvwxyz    ")
        let content = (0..<50).map { _ in String((0..<40).map { _ in letters.randomElement(using: &random) ?? "x" }) }
        let target = Int.random(in: 0..<50, using: &random)
        var wanted = Array(content[target])
        wanted.remove(at: 20)
        #expect(try lines(String(wanted), in: content.joined(separator: "\n"))?.contains(target + 1) == true)
    }

    @Test("several lines with another indentation are found where they begin and end")
    func indentation() throws {
        #expect(try lines("if x {\n    y()\n}", in: "a\nb\nif x {\n  y()\n}\nc") == 3...5)
    }

    @Test("in a very large file nothing is looked for, and that is said")
    func large() throws {
        let content = String(repeating: "0123456789abcde\n", count: NearestMatch.maximumDocumentBytes / 16 + 1)
        let edit = StringReplacement(utf8("0123456789abcdefg"), with: [])
        let failure = try #require(throws: EditFailure.self) { try edit.applied(to: document(content)) }
        #expect(failure.message.hasSuffix("; the text or the file is too large to look for what resembles it"))
    }

    @Test("what resembles nothing is not found, nor is a single character")
    func nothing() throws {
        #expect(try lines("completely different", in: "0123\n4567\n") == nil)
        #expect(try lines("x", in: "y\n") == nil)
        #expect(try lines("xy", in: "   \n\n") == nil)
    }
}
