import Testing

/// A sandbox in which nothing works would pass every other test.
@Suite("A well-behaved call", .serialized)
struct PermittedTests {
    private let driver: Driver

    init() throws { driver = try Driver() }

    /// What the host does for a call that claims it: `IsolationTests`. Here nothing is claimed.
    private static let needsClaims: Set<String> = [
        "read_claimed", "read_shared", "read_below", "list_claimed", "overwrite_claimed", "truncate_claimed",
        "change_claimed_mode_and_times", "touch_claimed",
    ]

    @Test("can do in a worker what C needs, and by itself nothing that is to be claimed", arguments: Setting.all)
    func inC(_ setting: Setting) throws {
        let plugin = try driver.buildFixture("permitted")
        for outcome in try driver.outcomes(plugin, setting) {
            #expect(outcome.unconfined == "done", "\(outcome)")
            if Self.needsClaims.contains(outcome.tool) {
                #expect(outcome.confined == "EACCES" && !outcome.confinedChanged, "\(outcome)")
                #expect(!outcome.told.isEmpty, "\(outcome)")
            } else {
                #expect(outcome.confined == "done", "\(outcome)")
                #expect(outcome.confinedChanged == outcome.unconfinedChanged, "\(outcome)")
                #expect(!outcome.told.contains { $0.hasPrefix("call refused") }, "\(outcome)")
            }
        }
    }

    @Test("can use tasks, Dispatch and Foundation, and none of them is a way out")
    func inSwift() throws {
        let plugin = try driver.buildSwiftFixture("concurrency")
        let runtime = try driver.swiftRuntime()
        for setting in Setting.all {
            let outcomes = try driver.outcomes(plugin, setting, ["--libraries", runtime])
            #expect(outcomes.allSatisfy { $0.unconfined == "done" }, "\(setting) \(outcomes)")
            let confined = Dictionary(uniqueKeysWithValues: outcomes.map { ($0.tool, $0.confined) })
            #expect(
                confined == [
                    "tasks": "done", "foundation": "done", "detached_task": "EACCES", "global_queue": "EACCES",
                    "atomic_save": "EACCES", "run_program": "EACCES",
                ], "\(setting) \(outcomes)")
        }
    }

    @Test("meets its limits, and is told so by the system", arguments: Setting.all)
    func limits(_ setting: Setting) throws {
        let plugin = try driver.buildFixture("greedy")
        let outcomes = try driver.outcomes(plugin, setting, ["--tight"])
        var confined = Dictionary(uniqueKeysWithValues: outcomes.map { ($0.tool, $0.confined) })
        // The kernel does not count root's processes, in whatever namespace.
        let threads = confined.removeValue(forKey: "threads")
        #expect(setting.isRoot || threads == "EAGAIN")
        #expect(
            confined == [
                "descriptors": "EMFILE", "memory": "ENOMEM", "file_size": "EFBIG",
                "file_size_unheeded": "exit 153",  // 128 + SIGXFSZ
                "more_than_allowed": "EPERM", "core_dumps": "EPERM",
            ], "\(outcomes)")
    }
}
