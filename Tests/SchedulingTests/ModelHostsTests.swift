import Guards
import TestSupport
import Testing

/// The claim rules between processes: random turns of two hosts on one small file system.
@Suite("Two hosts")
struct ModelHostsTests {
    struct Report {
        var divergences: [String] = []
        var statistics = ModelHosts.Statistics()
    }

    static func run(turns: ClosedRange<UInt64>, guards: RaceGuards = .all) -> Report {
        var report = Report()
        for seed in turns where report.divergences.count < 2 {
            var generator = SeededGenerator(spreading: seed)
            let world = ModelTurns.world(&generator)
            var others = ModelTurns.world(&generator).calls
            for index in others.indices { others[index].text = "other \(index)" }
            var hosts = ModelHosts(
                [world.calls, others], on: world.system, mayCancel: world.mayCancel, generator, guards: guards)
            if let divergence = hosts.divergence() { report.divergences.append("seed \(seed): \(divergence)") }
            report.statistics.starts += hosts.statistics.starts
            report.statistics.blocked += hosts.statistics.blocked
            report.statistics.changed += hosts.statistics.changed
            report.statistics.cancelled += hosts.statistics.cancelled
        }
        return report
    }

    @Test("work as if one call ran after another, in the order in which they start")
    func equivalence() {
        let turns = ModelTests.turns / 2
        let report = Self.run(turns: 1...turns)
        #expect(report.divergences == [])
        // Not because nothing happens.
        #expect(report.statistics.starts > Int(turns) * 5)
        #expect(report.statistics.blocked > Int(turns))
        #expect(report.statistics.changed > Int(turns) / 10)
    }

    /// One makes a directory and a file in it, and takes the file away again; the other comes by when both are there.
    static func passing(seed: UInt64, guards: RaceGuards = .all) -> String? {
        var generator = SeededGenerator(spreading: seed)
        let last = generator.pick([ModelCall.Operation.read(["a", "b"]), .edit(["a", "b"])])
        let maker = ModelCall(operation: .append(["a", "b"]), text: "maker", givesUp: true)
        let passers = [.write(["a", "c"]), last].map { ModelCall(operation: $0, text: "passer", givesUp: false) }
        var hosts = ModelHosts(
            [[maker], passers], on: MemoryFileSystem(), mayCancel: false, generator, guards: guards)
        return hosts.divergence().map { "seed \(seed): \($0)" }
    }

    @Test("meet in a directory that one of them has only just made")
    func passage() {
        let seeds: ClosedRange<UInt64> = 1...3_000
        #expect(seeds.lazy.compactMap { Self.passing(seed: $0) }.first == nil)
    }
}
