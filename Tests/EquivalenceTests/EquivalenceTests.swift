import Calls
import Interlock
import Testing

/// The promise, on the real files plugin and real directories: a turn's outcome equals running its calls one by one.
@Suite("A turn's outcome equals running its calls one by one")
struct EquivalenceTests {
    static let seeds: Range<UInt64> = 1..<401

    @Test("over hundreds of random turns of reads, edits, lists, searches, moves, removes and new directories")
    func randomTurns() async throws {
        for seed in Self.seeds {
            let turn = RandomTurn.make(seed: seed)
            let expected = try await TurnRun(world: seed, turn, .oneByOne)
            let run = try await TurnRun(world: seed, turn, .together)
            if let difference = run.difference(from: expected, turn) {
                let calls = turn.calls.enumerated().map { "  \($0 + 1) \($1.words)" }.joined(separator: "\n")
                Issue.record("seed \(seed) differs at \(difference)\nthe turn:\n\(calls)")
                return
            }
        }
    }

    @Test("the twin whose order is off is found out")
    func shuffledTwin() async throws {
        var divergences = 0
        for seed in Self.seeds.prefix(100) {
            let turn = RandomTurn.make(seed: seed)
            let expected = try await TurnRun(world: seed, turn, .oneByOne)
            let run = try await TurnRun(world: seed, turn, .shuffled(seed: seed))
            if run.difference(from: expected, turn) != nil { divergences += 1 }
        }
        #expect(divergences > 10)
    }

    @Test("under every policy", arguments: Policy.allCases)
    func policies(policy: Policy) async throws {
        for seed in Self.seeds.suffix(40) {
            let turn = RandomTurn.make(seed: seed)
            let expected = try await TurnRun(world: seed, turn, .oneByOne)
            let run = try await TurnRun(world: seed, turn, .together, policy: policy)
            #expect(run.difference(from: expected, turn) == nil, "seed \(seed)")
        }
    }
}
