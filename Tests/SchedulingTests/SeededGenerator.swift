import TestSupport

extension SeededGenerator {
    /// Seeds that follow one another lie far apart.
    init(spreading seed: UInt64) {
        self.init(seed: seed &* 0x9E37_79B9_7F4A_7C15)
    }

    /// True once in `times`.
    mutating func once(in times: Int) -> Bool { below(times) == 0 }

    mutating func pick<C: RandomAccessCollection>(_ choices: C) -> C.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }
}
