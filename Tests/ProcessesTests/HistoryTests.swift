import SeveralHosts
import Testing

@Suite("Several hosts", .serialized, .timeLimit(.minutes(20))) struct HistoryTests {
    @Test("lose nothing, tear nothing and leave nothing, whoever is killed", arguments: Scene.allCases)
    func nothingIsLost(scene: Scene) async throws {
        let episode = Episode(scene)
        var waits = 0
        // Where others use the processors, hosts may happen to take turns in one of them.
        for _ in 0..<20 where waits == 0 {
            let result = try await episode.run()
            #expect(result.complaints == [])
            // Not because nothing happens.
            #expect(result.statistics.acknowledged > episode.workers * episode.rounds)
            #expect(result.statistics.unnamed * 50 <= result.statistics.blocked)
            waits = result.statistics.blocked
            print("\(scene): \(result.statistics)")
        }
        #expect(waits > 0)
    }

    @Test("lose lines when nothing keeps them apart", arguments: Scene.allCases)
    func twin(scene: Scene) async throws {
        var episode = Episode(scene)
        (episode.rounds, episode.calls, episode.mayKill, episode.locks) = (2, 20, false, false)
        // Where others use the processors, hosts may happen to take turns: one loss is looked for, and mostly found at once.
        for _ in 0..<20 where try await !episode.run().complaints.isEmpty { return }
        Issue.record("nothing was lost")
    }

    @Test("let one who needs everything in, though others never leave a gap")
    func nobodyStarves() async throws {
        let result = try await Siege().run()
        #expect(result.complaints == [])
        print(result.words)
    }
}
