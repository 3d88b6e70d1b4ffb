import TestSupport

extension SeededGenerator {
    /// Of seeds that follow one another, numbers that have nothing to do with each other. A multiple of the seed would not do:
    /// the generator itself goes on by such a multiple, so that one seed would give another's numbers a step later.
    init(spreading seed: UInt64) {
        var seeds = SeededGenerator(seed: seed)
        self.init(seed: seeds.next())
    }

    /// True once in `times`.
    mutating func once(in times: Int) -> Bool { below(times) == 0 }

    mutating func pick<C: RandomAccessCollection>(_ choices: C) -> C.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }
}
