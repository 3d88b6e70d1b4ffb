import Testing

/// A shell in a directory that it claimed: what it does there works, and nothing else.
@Suite("A call that runs programs", .serialized)
struct ProgramTests {
    private let driver: Driver
    private let plugin: String

    init() throws {
        driver = try Driver()
        plugin = try driver.buildFixture("programs")
    }

    private static let works: Set<String> = [
        "pipeline", "here_document", "run_a_script", "copy_with_times", "use_git", "use_an_archive",
        "work_in_the_background", "see_its_processes",
    ]
    private static let isStopped: Set<String> = [
        "write_outside", "chmod_outside", "read_outside", "make_a_setuid_file", "signal_the_host",
    ]
    private static let keptByMounts: Set<String> = [
        "plant_a_hook", "change_the_configuration", "replace_the_configuration", "move_git_away",
        "mode_of_the_configuration",
    ]

    @Test(
        "works in its directory, and is stopped outside and at git's hooks",
        arguments: Setting.all.filter(\.hasNamespaces))
    func inItsDirectory(_ setting: Setting) throws {
        let outcomes = try driver.outcomes(plugin, setting, ["--programs"])
        #expect(Set(outcomes.map(\.tool)) == Self.works.union(Self.isStopped).union(Self.keptByMounts))
        for outcome in outcomes {
            #expect(outcome.unconfined == "done", "\(outcome)")
            #expect(outcome.confined == (Self.works.contains(outcome.tool) ? "done" : "EACCES"), "\(outcome)")
            #expect(!Self.works.contains(outcome.tool) || !outcome.wasTold(""), "\(outcome)")
        }
    }

    @Test("is not started where nothing would end what it starts")
    func withoutNamespaces() throws {
        let setting = Setting(hasNamespaces: false)
        let refused = try #require(try driver.outcomes(plugin, setting, ["--programs", "--only", "pipeline"]).first)
        #expect(refused.confined == "exit 100" && refused.text.contains("best-effort"), "\(refused)")
    }

    @Test("is stopped outside also by best effort; git's hooks then are not kept")
    func bestEffort() throws {
        let outcomes = try driver.outcomes(plugin, Setting(hasNamespaces: false), ["--programs", "--best-effort"])
        let stopped = Set(outcomes.filter { $0.confined != "done" }.map(\.tool))
        #expect(stopped == Self.isStopped)
    }
}
