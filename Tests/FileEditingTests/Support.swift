import FileEditing

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func document(_ content: String) throws -> TextDocument { try TextDocument(utf8(content)) }

/// The same numbers for the same seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Few different lines, so that texts share many; perhaps without a final newline.
    mutating func lines(_ count: Int, vocabulary: Int, ending: String = "\n") -> String {
        let lines = (0..<count).map { _ in "line \(Int.random(in: 0..<vocabulary, using: &self))" }
        let hasFinalNewline = Bool.random(using: &self)
        return lines.joined(separator: ending) + (hasFinalNewline && count > 0 ? ending : "")
    }
}
