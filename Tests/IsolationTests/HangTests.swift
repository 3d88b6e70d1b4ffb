import Calls
import Foundation
import Loading
import PluginTesting
import System
import TestSupport
import Testing

@testable import Isolation

@Suite("Nothing that a plugin does keeps its host waiting for ever")
struct HangTests {
    private let call = CallNumber(1)

    // MARK: - A zygote that makes no processes

    @Test("a worker that makes no process is ended as crashed, and three times is enough", arguments: [true, false])
    func noBirth(namespaces: Bool) throws {
        let hostile = try HostilePlugin("no birth") { $0.usesNamespaces = namespaces }
        #expect(
            hostile.begin(call).value?.end
                == .refused("no process of the plugin org.example.hostile lived long enough to take the call"))
        let words = "it made no process for a call that it was asked for"
        let quarantine = "the plugin org.example.hostile is in quarantine: \(words), the last of 3 crashes in a row"
        #expect(
            hostile.begin(CallNumber(2)).value?.end
                == .refused("\(quarantine). restart the host when the reason is gone"))
    }

    @Test("a call that waits for a process can be killed")
    func killedBeforeBirth() throws {
        let hostile = try HostilePlugin("no birth") { $0.patience = .max }
        let ended = hostile.begin(call)
        #expect(eventually { hostile.isWaitingForProcess(call) })
        hostile.plugin.kill(call)
        #expect(ended.value?.end == .killed)
        // Nobody has waited in vain, so nobody is to blame.
        #expect(hostile.plugin.state.read { $0.record.inARow } == 0)
    }

    @Test("a call that waits for a worker to start can be killed, and so can one that waits for another's start")
    func killedInStart() throws {
        let hostile = try HostilePlugin("no second start")
        #expect(hostile.begin(call).value?.end == .returned(0))
        hostile.plugin.state.read { $0.worker }?.end(because: "the test ends it")
        try Data("n".utf8).write(to: URL(fileURLWithPath: hostile.file))
        let (starter, other) = (CallNumber(2), CallNumber(3))
        let first = hostile.begin(starter)
        #expect(eventually { hostile.plugin.state.read { $0.starting?.call == starter } })
        let second = hostile.begin(other)
        #expect(eventually { hostile.plugin.state.read { $0.running[other] != nil } })
        hostile.plugin.kill(other)
        #expect(second.value?.end == .killed)
        hostile.plugin.kill(starter)
        #expect(first.value?.end == .killed)
        #expect(hostile.plugin.state.read { $0.record.inARow } == 0)
        try Data("y".utf8).write(to: URL(fileURLWithPath: hostile.file))
        #expect(hostile.begin(CallNumber(4)).value?.end == .returned(0))
    }

    /// Where there is no PID namespace, it looks for those that outlive a call, among processes of which it has not heard yet.
    @Test("a guardian that is told of births without end ends when it is told to, and nobody is left")
    func busyGuardian() throws {
        let hostile = try HostilePlugin("busy") { $0.usesNamespaces = false }
        let worker = try #require(hostile.plugin.state.wait { .done($0.worker) })
        worker.replenish(2)
        #expect(eventually { hostile.untold != nil })
        let untold = try #require(hostile.untold)
        #expect(eventually { Foundation.kill(untold, 0) != 0 })
        let ended = Ended { worker.end(because: "the test ends it") }
        #expect(ended.value != nil)
        #expect(!hostile.log.withLock { $0.contains { $0.contains("its guardian does not end") } })
    }

    /// Else it would take for a call's what nobody will end.
    @Test("a guardian that is told to end hears of no more births, and nobody is left")
    func untoldBirth() throws {
        let hostile = try HostilePlugin("deaf from the start") { $0.usesNamespaces = false }
        let worker = try #require(hostile.plugin.state.wait { .done($0.worker) })
        #expect(eventually { worker.state.wait { .done(!$0.ready.isEmpty) } })
        let guardian = try #require(worker.state.read { $0.guardian }?.number)
        #expect(Foundation.kill(guardian, SIGSTOP) == 0)
        let before = hostile.told.count
        worker.replenish(2)
        #expect(eventually { hostile.told.count > before })
        worker.beginEnd(because: "the test ends it")
        #expect(Foundation.kill(guardian, SIGCONT) == 0)
        #expect(Ended { worker.end(because: "the test ends it") }.value != nil)
        #expect(hostile.told.allSatisfy { Foundation.kill($0, 0) != 0 }, "\(hostile.told)")
        #expect(!hostile.log.withLock { $0.contains { $0.contains("its guardian does not end") } })
    }

    // MARK: - Copies of a call's socket, which the hostile zygote keeps

    @Test(
        "a call has returned when its process is gone, though somebody keeps a copy of its socket",
        arguments: [true, false])
    func keptSocket(namespaces: Bool) throws {
        let hostile = try HostilePlugin("returned") { $0.usesNamespaces = namespaces }
        #expect(hostile.begin(call).value?.end == .returned(0))
        #expect(hostile.begin(CallNumber(2)).value?.end == .returned(0))
    }

    @Test(
        "a process that ends without an answer has crashed, whoever keeps a copy of its socket",
        arguments: [true, false])
    func keptSocketOfCrashed(namespaces: Bool) throws {
        let hostile = try HostilePlugin("dead") { $0.usesNamespaces = namespaces }
        #expect(hostile.begin(call).value?.end == .crashed("ended with status 0 in the middle of the call"))
    }

    @Test("a call that says nothing can be killed")
    func mute() throws {
        let hostile = try HostilePlugin("mute")
        let ended = hostile.begin(call)
        #expect(eventually { hostile.isServed(call) })
        hostile.plugin.kill(call)
        #expect(ended.value?.end == .killed)
    }

    // MARK: - Processes that do not read

    private let content = String(repeating: "x", count: 64 << 10)

    @Test("a call that asks and does not read the answers can be killed")
    func deaf() throws {
        let hostile = try HostilePlugin("deaf")
        let services = FakeServices(files: ["a": content])
        let ended = hostile.begin(call, services)
        // More than the connection holds: the host waits for room.
        #expect(eventually { services.state.withLock { $0.reads > 3 } })
        hostile.plugin.kill(call)
        #expect(ended.value?.end == .killed)
    }

    @Test("nobody waits for room on the socket of a process that is gone")
    func deafAndDead() throws {
        let hostile = try HostilePlugin("deaf and dead")
        let services = FakeServices(files: ["a": content])
        #expect(
            hostile.begin(call, services).value?.end == .crashed("ended with status 0 in the middle of the call"))
    }

    @Test("a process that does not even read the call can be killed")
    func deafFromTheStart() throws {
        let hostile = try HostilePlugin("deaf from the start")
        let ended = hostile.begin(call, arguments: #"{"text":"\#(String(repeating: "x", count: 4 << 20))"}"#)
        #expect(eventually { hostile.isServed(call) })
        hostile.plugin.kill(call)
        #expect(ended.value?.end == .killed)
    }

    @Test("a worker that reads no orders is ended, and who gives them waits no longer")
    func deafZygote() throws {
        let hostile = try HostilePlugin("no birth")
        let worker = try #require(hostile.plugin.state.read { $0.worker })
        worker.state.read { $0.zygote }?.number.map { _ = Foundation.kill($0, SIGSTOP) }
        // More orders than the connection holds.
        let ended = Ended { worker.replenish(2000) }
        #expect(ended.value != nil && worker.over == "takes no orders")
    }

    // MARK: - Processes that are stopped

    @Test("a call that stops itself can be killed", arguments: [true, false])
    func stopped(namespaces: Bool) throws {
        let crashing = try CrashingPlugin { $0.usesNamespaces = namespaces }
        let completion = crashing.during("stop", locking: true) { crashing.plugin.kill($0) }
        #expect(completion.end == .killed && crashing.isLockFree)
    }

    @Test("a guardian that is stopped ends all the same, and everything with it", arguments: [true, false])
    func stoppedGuardian(namespaces: Bool) throws {
        let crashing = try CrashingPlugin { options in
            options.usesNamespaces = namespaces
            options.patience = 500
        }
        let worker = try #require(crashing.plugin.state.read { $0.worker })
        let guardian = try #require(worker.state.read { $0.guardian }?.number)
        let completion = crashing.during("wait", locking: true) { call in
            Foundation.kill(guardian, SIGSTOP)
            crashing.plugin.cancel(call)
        }
        #expect(completion.code == .cancelled)
        let ended = Ended { crashing.plugin.quiesce() }
        #expect(ended.value != nil && worker.state.read { $0.isGone })
        #expect(crashing.isLockFree)
    }
}
