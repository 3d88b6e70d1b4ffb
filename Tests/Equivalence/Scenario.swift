import Calls
import TestSupport

/// What is to happen in one world: the calls of one turn or of several at once, in the order of ingest, and what disturbs
/// them. A value that a seed makes, and that can be made smaller.
package struct Scenario: Sendable {
    package struct Step: Sendable {
        package var turn: Int
        package var call: Call
        /// The whole turn is cancelled when this call has been ingested.
        package var cancelsTurn = false
    }

    /// Makes the world, and decides the disturbances.
    package var seed: UInt64
    package var steps: [Step]
    package var turns = 1
    /// How many calls run at once.
    package var jobs = 64
    /// Calls that wait longer than some milliseconds are cancelled, and searches have hardly any time.
    package var isImpatient = false
    /// System calls take a random while, so that what can overlap does.
    package var isSlow = false

    /// One turn that nothing disturbs.
    package static func turn(seed: UInt64, calls: ClosedRange<Int> = 2...9) -> Scenario {
        var random = SeededGenerator(seed: seed &* 31 &+ 7)
        let count = Int.random(in: calls, using: &random)
        return Scenario(
            seed: seed, steps: (0..<count).map { Step(turn: 0, call: RandomCalls.call($0, &random)) })
    }

    /// Up to three turns at once, with cancels, limits and delays strewn in.
    package static func disturbed(seed: UInt64, calls: ClosedRange<Int> = 2...40) -> Scenario {
        var random = SeededGenerator(seed: seed &* 31 &+ 11)
        let turns = random.pick([1, 1, 2, 3])
        let count = Int.random(in: calls, using: &random)
        let cancels = random.chance(30)
        let steps = (0..<count).map { number in
            Step(
                turn: Int.random(in: 0..<turns, using: &random), call: RandomCalls.call(number, &random),
                cancelsTurn: cancels && random.chance(8))
        }
        return Scenario(
            seed: seed, steps: steps, turns: turns, jobs: random.pick([1, 2, 4, 64]),
            isImpatient: random.chance(10), isSlow: random.chance(50))
    }

    package var words: String {
        steps.enumerated().map { place, step in
            let turn = turns > 1 ? "turn \(step.turn + 1): " : ""
            return "  \(place + 1) \(turn)\(step.call.words)\(step.cancelsTurn ? "  then its turn is cancelled" : "")\n"
        }.joined()
    }

    package func without(_ places: Range<Int>) -> Scenario {
        var smaller = self
        smaller.steps.removeSubrange(places)
        return smaller
    }
}
