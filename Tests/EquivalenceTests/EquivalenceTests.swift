import Equivalence
import Interlock
import TestSupport
import Testing

/// The promise, on the real files plugin and real directories. `make soak` does the same many times over.
@Suite("A turn's outcome equals running its calls one by one")
struct EquivalenceTests {
    @Test("over hundreds of random turns of reads, edits, lists, searches, moves, removes and new directories")
    func randomTurns() async throws {
        for seed: UInt64 in 1..<TestedIsolation.share(251) {
            let scenario = Scenario.turn(seed: seed)
            let run = try await ScenarioRun(scenario, .together)
            if let divergence = try await Divergence.find(scenario, run) {
                Issue.record("seed \(seed): \(divergence)\nthe turn:\n\(scenario.words)")
                return
            }
        }
    }

    @Test("with several turns at once, cancels, limits and slow system calls")
    func disturbed() async throws {
        for seed: UInt64 in 1..<TestedIsolation.share(61) {
            let scenario = Scenario.disturbed(seed: seed, calls: 2...20)
            let run = try await ScenarioRun(scenario, .together)
            if let divergence = try await Divergence.find(scenario, run) {
                Issue.record("seed \(seed): \(divergence)\nthe calls:\n\(scenario.words)")
                return
            }
        }
    }

    @Test("the twin whose order is off is found out, and made small")
    func shuffledTwin() async throws {
        func diverges(_ scenario: Scenario) async throws -> Bool {
            try await Divergence.find(scenario, ScenarioRun(scenario, .shuffled(seed: scenario.seed))) != nil
        }
        var divergent: [Scenario] = []
        for seed: UInt64 in 1..<61 {
            let scenario = Scenario.turn(seed: seed)
            if try await diverges(scenario) { divergent.append(scenario) }
        }
        #expect(divergent.count > 10)
        let first = try #require(divergent.first)
        let small = try await Divergence.shrink(first, attempts: 1, diverges: diverges)
        #expect(small.steps.count <= 3, "\(small.words)")
        #expect(try await diverges(small))
    }

    @Test("under every policy", arguments: Policy.allCases)
    func policies(policy: Policy) async throws {
        for seed: UInt64 in 361..<361 + TestedIsolation.share(15) {
            let scenario = Scenario.turn(seed: seed)
            let run = try await ScenarioRun(scenario, .together, policy: policy)
            let divergence = try await Divergence.find(scenario, run)
            #expect(divergence == nil, "seed \(seed)")
        }
    }
}
