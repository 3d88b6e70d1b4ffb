import Glibc
import Guards
import TestSupport
import Testing

/// The rules of claims, tried: random turns on a small file system of directories, files, symbolic and hard links, under
/// random schedules, with looks that take their time, tools that fail and calls that are cancelled. Whatever happens, the
/// results and the file system must be those of the calls one after another. (`RaceGuardTests` leave out one rule at a time.)
@Suite("The claim rules")
struct ModelTests {
    /// `INTERLOCK_MODEL_TURNS` sets how many turns are tried.
    static let turns = UInt64(environment("INTERLOCK_MODEL_TURNS") ?? "") ?? 10_000

    struct Report {
        var divergences: [String] = []
        var overlapping = 0
        var looks = 0
        var cancelled = 0
    }

    static func run(turns: ClosedRange<UInt64>, guards: RaceGuards = .all) -> Report {
        var report = Report()
        for seed in turns where report.divergences.count < 3 {
            var generator = SeededGenerator(spreading: seed)
            let world = ModelTurns.world(&generator)
            var turn = ModelTurn(
                world.calls, on: world.system, mayCancel: world.mayCancel, generator, guards: guards)
            if let divergence = turn.divergence() { report.divergences.append("seed \(seed): \(divergence)") }
            report.overlapping += turn.statistics.overlapping
            report.looks += turn.statistics.looks
            report.cancelled += turn.statistics.cancelled
        }
        return report
    }

    @Test("the product's plan does what the serial run does, in thousands of random turns")
    func plan() {
        let report = Self.run(turns: 1...Self.turns)
        #expect(report.divergences == [])
        // Not because nothing happens.
        #expect(report.overlapping > Int(Self.turns) / 4)
        #expect(report.looks > Int(Self.turns) * 3)
        #expect(report.cancelled > Int(Self.turns) / 20)
    }
}

func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
