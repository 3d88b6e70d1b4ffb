import CSandbox
import Testing

/// Each attempt of Examples/misbehaving succeeds unconfined, so that it means something, and is stopped by the layers.
@Suite("A misbehaving plugin", .serialized)
struct MisbehavingTests {
    /// docs/isolation.md says how many.
    static let attempts = 113

    private let driver: Driver
    private let plugin: String

    init() throws {
        driver = try Driver()
        plugin = try driver.buildMisbehaving()
    }

    @Test("does all that it attempts when it is not confined, and nothing of it in a worker", arguments: Setting.all)
    func everyAttempt(_ setting: Setting) throws {
        let outcomes = try driver.outcomes(plugin, setting)
        #expect(outcomes.count == Self.attempts)
        for outcome in outcomes {
            #expect(outcome.unconfined == "done" || Self.mayBeMissing.contains(outcome.tool), "\(outcome)")
            #expect(outcome.unconfinedChanged || !outcome.changesFiles || outcome.unconfined != "done", "\(outcome)")
            #expect(Self.isErrno(outcome.confined), "\(outcome)")
            #expect(!outcome.confinedChanged, "\(outcome)")
            if !outcome.expected.isEmpty {
                let who = outcome.tool == "misbehave_constructor" ? "worker" : "call"
                // Some have to read first what here nobody claims.
                #expect(outcome.wasTold(outcome.expected, by: who) || outcome.wasTold("read"), "\(outcome)")
            }
        }
    }

    /// Not on every kernel, not compiled in, or not for an ordinary user.
    private static let mayBeMissing: Set<String> = [
        "misbehave_fchmodat2", "misbehave_setxattrat", "misbehave_file_setattr", "misbehave_set_flags",
        "misbehave_set_project", "misbehave_io_uring", "misbehave_keyring", "misbehave_shmget", "misbehave_userfaultfd",
        "misbehave_mptcp_connect", "misbehave_tcp_fast_open", "misbehave_udp6_send", "misbehave_vsock",
        "misbehave_bind_socket", "misbehave_fchmod_device",
    ]

    private static func isErrno(_ result: String) -> Bool {
        result.hasPrefix("E") && result == result.uppercased()
    }

    @Test("holds what it says that it holds", arguments: Setting.all)
    func whatHeld(_ setting: Setting) throws {
        let outcome = try #require(try driver.outcomes(plugin, setting, ["--only", "misbehave_append"]).first)
        let required = UInt32(
            SANDBOX_HELD_LIMITS | SANDBOX_HELD_CAPABILITIES | SANDBOX_HELD_NO_NEW_PRIVILEGES | SANDBOX_HELD_FILES
                | SANDBOX_HELD_SYSCALLS | SANDBOX_HELD_NOTICES)
        #expect(outcome.held & required == required)
        if !setting.hasNamespaces { #expect(outcome.held & 0xff == 0) }
    }

    private static let hasUserNamespaces = (try? Driver.isDone(["unshare", "-Ur", "true"])) ?? false

    /// Root of somebody's namespace, in which there are no more: it could give itself one for processes, and no call another.
    @Test("has no process namespace where it has none of users", .enabled(if: hasUserNamespaces))
    func withoutUserNamespace() throws {
        let outcome = try #require(
            try driver.outcomes(
                plugin, Setting(), ["--only", "misbehave_append"],
                under: ["unshare", "-Ur", "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"", "sh"]
            ).first)
        #expect(outcome.held & UInt32(SANDBOX_HELD_NET) != 0)
        #expect(outcome.held & UInt32(SANDBOX_HELD_USER | SANDBOX_HELD_PID) == 0)
        #expect(outcome.confined == "EACCES", "\(outcome)")
    }

    /// It is put on by code of the worker, which a plugin could have rewritten before.
    @Test("can do nothing of it either without the layer of a call", arguments: [true, false])
    func withoutCallLayer(hasNamespaces: Bool) throws {
        let outcomes = try driver.outcomes(plugin, Setting(hasNamespaces: hasNamespaces), ["--no-call-layer"])
        #expect(outcomes.count == Self.attempts)
        for outcome in outcomes { #expect(Self.isErrno(outcome.confined) && !outcome.confinedChanged, "\(outcome)") }
    }

    /// What the host says "go on" to may be another path by then.
    @Test("wins no race between the host's look and the kernel's")
    func race() throws {
        #expect(try raced([]) == "EACCES")
    }

    @Test("would win it if a layer held what others claim: so none does")
    func raceTwin() throws {
        #expect(try raced(["--give-roots"]) == "done")
    }

    private func raced(_ options: [String]) throws -> String {
        let plugin = try driver.buildFixture("race")
        let outcome = try #require(
            try driver.outcomes(plugin, Setting(hasNamespaces: false), ["--goes-on"] + options).first)
        #expect(outcome.unconfined == "done")
        return outcome.confined
    }
}
