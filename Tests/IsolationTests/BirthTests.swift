import Calls
import PluginTesting
import Testing

@testable import Isolation

@Suite("A worker makes the processes that it was asked for, and no others")
struct BirthTests {
    private func start(_ part: String, _ namespaces: Bool) throws -> (HostilePlugin, Worker) {
        let hostile = try HostilePlugin(part) { options in
            options.usesNamespaces = namespaces
            options.patience = 10_000
        }
        return (hostile, try #require(hostile.plugin.state.wait { .done($0.worker) }))
    }

    /// What the fixture could make of three orders, and of a fourth: a child of its own; a child of its child's; one of a call's
    /// process that nobody knows yet; one in the place of a process that it had said it could not make.
    @Test(
        "none of its own, none of theirs, and none that was owed before",
        arguments: [("births", true), ("debts", true), ("debts", false)])
    func births(part: String, namespaces: Bool) throws {
        let (hostile, worker) = try start(part, namespaces)
        worker.replenish(3)
        #expect(eventually { worker.state.wait { .done($0.lastTicket == 3 && $0.expected.isEmpty) } })
        worker.replenish(3)
        #expect(eventually { hostile.log.withLock { !$0.filter { $0.contains("births:") }.isEmpty } })
        let told = hostile.log.withLock { $0.filter { $0.contains("births:") } }
        #expect(told.map { $0.hasSuffix("births: 0 0 0 0") } == [true], "\(told)")
    }

    /// Of one process that serves two calls, the guardian would have to tell two ends.
    @Test("one process is taken for one call, and one that was not announced for none", arguments: [true, false])
    func lies(namespaces: Bool) throws {
        let (hostile, worker) = try start("lies", namespaces)
        defer { withExtendedLifetime(hostile) {} }
        worker.replenish(3)
        #expect(eventually { worker.state.wait { .done($0.lastTicket == 3 && $0.expected.isEmpty) } })
        #expect(worker.state.read { $0.ready.map(\.ticket) } == [1])
        // It has the mounts that all have: none of its own, that a /tmp could be mounted in.
        #expect(worker.state.read { $0.ready.map(\.directory) } != ["/tmp"])
    }

    /// When the second ended, what the guardian keeps for the first would be let go.
    @Test("a worker that tells of a second process for one call is ended", arguments: [true, false])
    func twins(namespaces: Bool) throws {
        let (hostile, worker) = try start("twins", namespaces)
        defer { withExtendedLifetime(hostile) {} }
        worker.replenish(2)
        #expect(eventually { worker.over != nil })
    }

    @Test("a process that would leave others behind takes no call where it could take them along")
    func notAsAsked() throws {
        let hostile = try HostilePlugin("returned") { options in
            options.grants = [.programs]
            options.patience = 10_000
        }
        #expect(hostile.begin(CallNumber(1)).value?.end == .crashed(CrashWords.notAsAsked))
    }
}
