import Equivalence
import Guards
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
            let run = try await ScenarioRun(scenario)
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
            let run = try await ScenarioRun(scenario)
            if let divergence = try await Divergence.find(scenario, run) {
                Issue.record("seed \(seed): \(divergence)\nthe calls:\n\(scenario.words)")
                return
            }
        }
    }

    #if DEBUG
        @Test("a host that does not keep the order is found out, and the turn is made small")
        func withoutOrder() async throws {
            func diverges(_ scenario: Scenario) async throws -> Bool {
                try await Divergence.find(scenario, ScenarioRun(scenario, guards: .allBut(.order))) != nil
            }
            // By luck, as every race: so many turns are tried, and each part of one that diverges several times.
            var found: Scenario?
            for seed: UInt64 in 1..<300 where found == nil {
                var scenario = Scenario.turn(seed: seed)
                scenario.isSlow = true
                if try await diverges(scenario) { found = scenario }
            }
            let divergent = try #require(found)
            let small = try await Divergence.shrink(divergent, attempts: 20, diverges: diverges)
            #expect(small.steps.count < divergent.steps.count, "\(small.words)")
        }
    #endif

    @Test("under every policy", arguments: Policy.allCases)
    func policies(policy: Policy) async throws {
        for seed: UInt64 in 361..<361 + TestedIsolation.share(15) {
            let scenario = Scenario.turn(seed: seed)
            let run = try await ScenarioRun(scenario, policy: policy)
            let divergence = try await Divergence.find(scenario, run)
            #expect(divergence == nil, "seed \(seed)")
        }
    }
}
