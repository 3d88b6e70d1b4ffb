import Calls
import Guards
import PluginTesting
import System
import TestSupport
import Testing

@testable import Isolation
@testable import ProcessLocks
@testable import ProcessLocksTests

@Suite("What a call in a worker has locked between hosts", .timeLimit(.minutes(3)))
struct KeptLockTests {
    @Test("stays locked until the call's process is gone, also when its host is gone before", arguments: [true, false])
    func hostIsGone(namespaces: Bool) throws {
        #expect(try Self.hostIsGone(.all, namespaces: namespaces) == nil)
    }

    /// What is wrong when a host is gone, all at once, while a call runs: nil = nothing.
    static func hostIsGone(_ guards: RaceGuards, namespaces: Bool = true) throws -> String? {
        let scene = try KeptLock(guards)
        let crashing = try CrashingPlugin { $0.usesNamespaces = namespaces }
        var wrong: String?
        _ = crashing.during("loop", locking: true, hostsLock: scene.opened) { _ in
            // A process that is killed closes its descriptors, one after another.
            scene.close()
            if scene.isFree { wrong = "others come in while its process still runs" }
            if guards.has(.keptBeyondHost), scene.holder != "edit" { wrong = wrong ?? "nobody is told who has it" }
            crashing.plugin.state.read { $0.worker }?.beginEnd(because: "its host is gone")
            if !scene.becomesFree { wrong = "nobody comes in" }
            if !crashing.isLockFree { wrong = wrong ?? "others come in before its process is gone" }
        }
        return wrong
    }

    @Test("is free when the call has ended, also if its process goes on", arguments: [[], CrashingPlugin.stateful])
    func callHasEnded(flags: [String]) throws {
        let scene = try KeptLock(.all)
        let crashing = try CrashingPlugin(flags)
        for _ in 0..<3 {
            let services = FakeServices()
            services.state.withLock { $0.hostsLock = scene.opened }
            #expect(crashing.run("nothing", services).end == .returned(0))
        }
        // Nobody has unlocked it: it is free if nobody has it open.
        scene.close()
        #expect(scene.becomesFree)
        #expect(crashing.run("nothing").end == .returned(0))
    }
}

/// A file that one host's call has locked, and another host that wants it.
final class KeptLock {
    private static let file = Lock(SmallTree.key("a", "f"), .content, .exclusive)
    private let temporary: TemporaryDirectory
    private var claim: ProcessClaim?
    private let other: ProcessLocks
    /// The opening on which it is locked; -1 if whoever could keep it gets none.
    let opened: Int32

    init(_ guards: RaceGuards) throws {
        temporary = try TemporaryDirectory()
        var kernel = Kernel()
        kernel.guards = guards
        let path = temporary.path + "/locks"
        let claim = try ProcessLocks(file: path, places: SmallTree.places(x: nil), kernel: kernel)
            .claim(of: CallNumber(1), tool: "edit")
        guard try claim.attempt([Self.file], queues: false) == nil else { throw SystemError.busy }
        opened = claim.opened ?? -1
        self.claim = claim
        other = try ProcessLocks(file: path, places: SmallTree.places(x: nil))
    }

    /// Without unlocking anything.
    func close() { claim = nil }

    /// The tool that is named to who is stopped.
    var holder: String? {
        let probe = other.claim(of: CallNumber(2), tool: "probe")
        defer { probe.giveBack() }
        return (try? probe.attempt([Self.file], queues: false))?.holder?.tool
    }

    /// Whether it is free at last.
    var becomesFree: Bool {
        let until = monotonicNow() + 60_000_000_000
        while monotonicNow() < until {
            if isFree { return true }
            giveWay()
        }
        return false
    }

    var isFree: Bool {
        let probe = other.claim(of: CallNumber(2), tool: "probe")
        defer { probe.giveBack() }
        do {
            return try probe.attempt([Self.file], queues: false) == nil
        } catch {
            return false
        }
    }
}
