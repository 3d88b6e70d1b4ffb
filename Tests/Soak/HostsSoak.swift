import ArgumentParser
import SeveralHosts

/// Several hosts on shared files, for as long as it is given: some are killed, and nothing may be lost, torn or left.
struct HostsSoak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract: "Runs several hosts on the same files, kills some, and looks whether it adds up.",
        discussion: """
            The scenes take turns: one workspace, a workspace inside another, a root of two, hard links between two; and in \
            between, a call for the whole workspace among edits that never leave a gap. What goes on between processes cannot \
            be replayed: a failure prints everything that does not add up. With --twin there is no lock file, and what is \
            lost is counted instead.
            """)

    @Option(help: "How long, in seconds.")
    var seconds = 600

    @Option(help: "How many hosts at once.")
    var hosts = 4

    @Option(help: "Calls in each host's turn.")
    var calls = 20

    @Flag(help: "Count what is lost without a lock file.")
    var twin = false

    func validate() throws {
        if hosts < 2 || calls < 1 { throw ValidationError("--hosts must be at least 2, and --calls at least 1") }
    }

    func run() async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        var totals: [Scene: History.Statistics] = [:]
        var sieges: (count: Int, edits: Int, waits: [Int]) = (0, 0, [])
        var complaints = 0
        repeat {
            for scene in Scene.allCases where ContinuousClock.now < end {
                let result = try await episode(scene).run()
                totals[scene, default: .init()].add(result.statistics)
                complaints += result.complaints.count
                if !twin { try check(result.complaints, "\(scene)") }
            }
            if twin { continue }
            let result = try await Siege().run()
            try check(result.complaints, "a call for everything")
            sieges = (sieges.count + 1, sieges.edits + result.edits, sieges.waits + result.waits)
        } while ContinuousClock.now < end
        for scene in Scene.allCases { print("\(scene): \(totals[scene] ?? .init())") }
        if twin { return print("without a lock file: \(complaints) complaints") }
        let waits = sieges.waits.sorted()
        print(
            "\(waits.count) calls for everything among \(sieges.edits) edits: waited \(waits[waits.count / 2] / 1_000_000) ms "
                + "in the median, \((waits.last ?? 0) / 1_000_000) ms at worst")
    }

    private func episode(_ scene: Scene) -> Episode {
        var episode = Episode(scene)
        (episode.workers, episode.calls) = (hosts, calls)
        if twin { (episode.mayKill, episode.locks) = (false, false) }
        return episode
    }

    private func check(_ complaints: [String], _ what: String) throws {
        if complaints.isEmpty { return }
        print("\(what) does not add up:\n  \(complaints.joined(separator: "\n  "))")
        throw ExitCode.failure
    }
}
