import CSandbox
import Testing

/// Landlock grew over the years, and some containers have notices of their own on all that runs in them. What Landlock cannot
/// refuse yet, seccomp refuses. The kernel below is the one that there is; it only says that it is older.
@Suite("On an older kernel", .serialized)
struct OlderKernelTests {
    private let driver: Driver
    private let plugin: String

    init() throws {
        driver = try Driver()
        plugin = try driver.buildMisbehaving()
    }

    /// 1: Linux 5.13, the first. 2: 5.19, no truncation. 5: 6.10, all but signals.
    @Test("every attempt is stopped all the same, without a word", arguments: [1, 2, 5])
    func everyAttempt(_ version: Int) throws {
        let setting = try #require(Setting.all.last)
        let outcomes = try driver.outcomes(plugin, setting, ["--landlock", "\(version)"])
        #expect(outcomes.count == MisbehavingTests.attempts)
        for outcome in outcomes {
            #expect(outcome.held & UInt32(SANDBOX_HELD_NOTICES | SANDBOX_HELD_SIGNALS) == 0)
            #expect(outcome.confined.hasPrefix("E") && !outcome.confinedChanged, "\(outcome)")
            #expect(outcome.told.isEmpty)
        }
    }

    @Test("without Landlock nothing runs at all")
    func withoutLandlock() throws {
        let outcomes = try driver.outcomes(
            plugin, Setting(), ["--landlock", "0", "--only", "misbehave_read_sibling"])
        let outcome = try #require(outcomes.first)
        #expect(outcome.confined == "exit 100" && outcome.text.hasPrefix("Landlock:"), "\(outcome)")
    }
}
