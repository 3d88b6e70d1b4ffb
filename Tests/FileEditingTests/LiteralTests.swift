import FileEditing
import TestSupport
import Testing

@Suite struct LiteralTests {
    @Test("the search takes linear time also for a string that almost matches everywhere")
    func linear() throws {
        let almost = [UInt8](repeating: 97, count: 20_000) + [98]
        let found = Literal(almost).offsets(
            in: [UInt8](repeating: 97, count: 200_000) + [98], overlapping: true, limit: 9)
        #expect(found == [180_000])
    }

    @Test("places are those that comparing at each place finds", arguments: 0..<100 as Range<UInt64>)
    func asByHand(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in Bool.random(using: &random) ? 97 : 98 } }
        let (text, wanted) = (bytes(60), bytes(Int.random(in: 1...4, using: &random)))
        let byHand = text.indices.filter { text[$0...].starts(with: wanted) }
        #expect(Literal(wanted).offsets(in: text, overlapping: true, limit: .max) == byHand)
        var apart: [Int] = []
        for place in byHand where place >= (apart.last ?? -9) + wanted.count { apart.append(place) }
        #expect(Literal(wanted).offsets(in: text, overlapping: false, limit: .max) == apart)
        #expect(Literal(wanted).offsets(in: text, overlapping: true, limit: 3) == Array(byHand.prefix(3)))
    }
}
