import FileEditing
import TestSupport

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func document(_ content: String) throws -> TextDocument { try TextDocument(utf8(content)) }

extension SeededGenerator {
    /// Few different lines, so that texts share many; perhaps without a final newline.
    mutating func lines(_ count: Int, vocabulary: Int, ending: String = "\n") -> String {
        let lines = (0..<count).map { _ in "line \(Int.random(in: 0..<vocabulary, using: &self))" }
        let hasFinalNewline = Bool.random(using: &self)
        return lines.joined(separator: ending) + (hasFinalNewline && count > 0 ? ending : "")
    }
}
