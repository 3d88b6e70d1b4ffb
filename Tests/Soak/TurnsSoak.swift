import ArgumentParser
import Equivalence
import Foundation
import Guards

/// Random turns over the real files plugin, many thousands of them, each compared with running its calls one by one.
struct TurnsSoak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "turns",
        abstract: "Runs random turns, and compares each with running its calls one by one.",
        discussion: """
            A failure prints the seed, the smallest part of its calls that still diverges, and where. The same seed replays \
            it: soak turns --seed N --turns 1. With --twin the host does not keep the order, and divergences are counted instead; \
            only a debug build can do that.
            """)

    @Option(help: "How many scenarios; half of them are one plain turn.")
    var turns = 10_000

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "The most calls of a scenario.")
    var calls = 40

    @Flag(help: "Count what a host that does not keep the order does wrong.")
    var twin = false

    func validate() throws {
        if turns < 1 || calls < 2 { throw ValidationError("--turns must be at least 1, and --calls at least 2") }
    }

    func run() async throws {
        let start = Date()
        var divergent = 0
        for number in 0..<turns {
            let seed = seed + UInt64(number)
            let scenario = scenario(seed)
            if let divergence = try await divergence(scenario) {
                divergent += 1
                if !twin { try await fail(scenario, seed, divergence) }
            }
            if (number + 1) % 500 == 0 { note("\(number + 1) of \(turns), \(Int(Date().timeIntervalSince(start))) s") }
        }
        if twin {
            print("without the order: \(divergent) of \(turns) diverge, \(divergent * 1000 / turns) of 1,000")
        } else {
            print("\(turns) scenarios from seed \(seed): no divergence, \(Int(Date().timeIntervalSince(start))) s")
        }
    }

    private func guards() throws -> RaceGuards {
        guard twin else { return .all }
        #if DEBUG
            return .allBut(.order)
        #else
            throw ValidationError("a release build keeps the order, whatever it is told; --twin is for a debug build")
        #endif
    }

    private func scenario(_ seed: UInt64) -> Scenario {
        if seed % 2 != 0, !twin { return .disturbed(seed: seed, calls: 2...calls) }
        var scenario = Scenario.turn(seed: seed, calls: 2...calls)
        // What is to be seen is what overlaps.
        scenario.isSlow = twin
        return scenario
    }

    private func divergence(_ scenario: Scenario) async throws -> Divergence? {
        try await Divergence.find(scenario, ScenarioRun(scenario, guards: guards()))
    }

    private func fail(_ scenario: Scenario, _ seed: UInt64, _ divergence: Divergence) async throws {
        print("seed \(seed) diverges at \(divergence)\nits \(scenario.steps.count) calls are being made fewer …")
        var last = divergence
        let small = try await Divergence.shrink(scenario, attempts: 20) { candidate in
            guard let found = try await self.divergence(candidate) else { return false }
            last = found
            return true
        }
        print(
            "the smallest that still diverges:\n\(small.words)at \(last)\nreplay: soak turns --seed \(seed) --turns 1")
        throw ExitCode.failure
    }

    private func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
