import Testing

/// A sandbox in which nothing works would pass every other test.
@Suite("A well-behaved call", .serialized)
struct PermittedTests {
    private let driver: Driver

    init() throws { driver = try Driver() }

    @Test("can do in a worker what its claims say, and what C needs", arguments: Setting.all)
    func inC(_ setting: Setting) throws {
        let plugin = try driver.buildFixture("permitted")
        for outcome in try driver.outcomes(plugin, setting) {
            #expect(outcome.unconfined == "done", "\(outcome)")
            #expect(outcome.confined == "done", "\(outcome)")
            #expect(outcome.confinedChanged == outcome.unconfinedChanged, "\(outcome)")
            #expect(!outcome.told.contains { $0.hasPrefix("call refused") }, "\(outcome)")
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
        // The kernel does not count root's processes, in whatever namespace: that is for a control group.
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
