import CSandbox
import Calls
import Foundation
import Loading
import PluginTesting
import System
import TestSupport
import Testing

@testable import Isolation

@Suite("A call that comes to a bad end hurts nobody else")
struct CrashTests {
    struct BadEnd: Sendable, CustomTestStringConvertible {
        var how: String
        var words: String
        var testDescription: String { how }

        init(_ how: String, _ words: String) {
            self.how = how
            self.words = words
        }
    }

    static let ends =
        [
            BadEnd("segfault", "crashed (SIGSEGV: it touched memory that is not its own, or used up its stack)"),
            BadEnd("overflow", "crashed (SIGSEGV: it touched memory that is not its own, or used up its stack)"),
            BadEnd("abort", "crashed (SIGABRT: it gave up by itself)"),
            BadEnd("trap", "crashed (SIGILL: it ran into a trap)"),
            BadEnd("kill", "crashed (SIGKILL: somebody killed it: the system does, when memory runs out)"),
            BadEnd("exit", "ended with status 0 in the middle of the call"),
            BadEnd("exit 3", "ended with status 3 in the middle of the call"),
            BadEnd("write and crash", "crashed (SIGABRT: it gave up by itself)"),
            BadEnd("escape and crash", "crashed (SIGABRT: it gave up by itself)"),
            BadEnd("silence", "closed its connection to the host in the middle of the call, and went on"),
            BadEnd("garbage", "broke the protocol between host and worker (a head that is none)"),
            BadEnd("flood", "broke the protocol between host and worker (a head that is none)"),
        ] + (Workshop.isSanitized ? [] : [BadEnd("hog", "crashed (SIGABRT: it gave up by itself)")])

    @Test(
        "crashed, and how; when that is said nothing of it is left, and the next call runs", arguments: ends,
        [true, false])
    func badEnd(_ end: BadEnd, namespaces: Bool) throws {
        let crashing = try CrashingPlugin { options in
            options.usesNamespaces = namespaces
            options.limits.memory = 512 << 20
        }
        let services = FakeServices(files: ["a": "old content"])
        let completion = crashing.run(end.how, locking: true, services)
        #expect(completion.end == .crashed(end.words))
        #expect(crashing.isLockFree)
        #expect(services.output.hasPrefix("process "))
        #expect(services.content("a") == (end.how == "write and crash" ? "new content" : "old content"))
        #expect(crashing.run("nothing").end == .returned(0))
    }

    @Test("a status that PID 1 cannot tell is told as the largest that it can", arguments: [true, false])
    func largeStatus(namespaces: Bool) throws {
        let crashing = try CrashingPlugin { $0.usesNamespaces = namespaces }
        let status = namespaces ? 127 : 200
        #expect(crashing.run("exit 200").end == .crashed("ended with status \(status) in the middle of the call"))
    }

    @Test(
        "what a call leaves behind is gone before the call is over", arguments: ["escape", "escape and crash"],
        [true, false])
    func escape(how: String, namespaces: Bool) throws {
        let crashing = try CrashingPlugin { $0.usesNamespaces = namespaces }
        for _ in 0..<2 {
            crashing.run(how, locking: true)
            #expect(crashing.isLockFree)
        }
    }

    /// The kernel tells of a page of them at a time, those that came last at the end.
    @Test("however many processes the guardian has, it finds what a call has left behind")
    func escapeFromMany() throws {
        let crashing = try CrashingPlugin { options in
            options.usesNamespaces = false
            options.mostReady = 1000
        }
        crashing.plugin.state.change { $0.peak = 1000 }
        crashing.run("nothing")
        let worker = try #require(crashing.plugin.state.read { $0.worker })
        let isReady = worker.state.wait(until: worker.deadline()) { $0.ready.count >= 1000 ? true : nil }
        #expect(isReady == true)
        crashing.run("escape", locking: true)
        #expect(crashing.isLockFree)
    }

    @Test("a plugin's handlers of fork do not run where processes for calls are made", arguments: [true, false])
    func handlers(namespaces: Bool) throws {
        let crashing = try CrashingPlugin(configuration: #"{"init": "handlers"}"#) { $0.usesNamespaces = namespaces }
        let services = FakeServices()
        #expect(crashing.run("handlers", services).end == .returned(0))
        #expect(services.lines.last == "none ran", "\(services.output)")
    }

    @Test("a call whose locks cannot be kept is refused, and the process that serves others too goes on")
    func unkeptLocks() throws {
        let crashing = try CrashingPlugin(CrashingPlugin.stateful)
        let completion = crashing.during("wait") { call in
            let services = FakeServices()
            services.state.withLock { $0.hostsLock = 99_999 }
            guard case .refused = crashing.run("nothing", services).end else {
                Issue.record("it was not refused")
                return
            }
            crashing.plugin.cancel(call)
        }
        #expect(completion.code == .cancelled && crashing.run("nothing").end == .returned(0), "\(completion)")
    }

    /// Where there is no namespace, the guardian ends what comes to it from calls that are over.
    @Test("what a call has started lives as long as the call, whichever other call ends", arguments: [true, false])
    func grandchild(namespaces: Bool) throws {
        let crashing = try CrashingPlugin { $0.usesNamespaces = namespaces }
        let completion = crashing.during("keep a grandchild", locking: true) { call in
            #expect(crashing.run("nothing").end == .returned(0))
            crashing.plugin.cancel(call)
        }
        #expect(completion.end == .returned(0) && crashing.isLockFree)
    }

    @Test("a call works in its own directory, also where the way to it is a link", arguments: [true, false])
    func linkedScratch(namespaces: Bool) throws {
        let workshop = try Workshop()
        let link = workshop.directory + "/link"
        #expect(symlink(workshop.directory, link) == 0)
        let crashing = try CrashingPlugin { options in
            options.usesNamespaces = namespaces
            options.scratch = link
        }
        let services = FakeServices()
        #expect(crashing.run("work at home", services).end == .returned(0))
        #expect(services.state.withLock { $0.denied }.isEmpty)
    }

    @Test("its private files have a limit, where they are in memory", arguments: [1 << 20, 4 << 20], [true, false])
    func privateFiles(limit: UInt64, namespaces: Bool) throws {
        let crashing = try CrashingPlugin { options in
            options.limits.privateFiles = limit
            options.usesNamespaces = namespaces
        }
        let services = FakeServices()
        crashing.run("fill home", services)
        let worker = crashing.plugin.state.read { $0.worker }
        let held = try #require(worker?.state.read { $0.confinement }).held
        let isLimited = limit < 2 << 20 && held & UInt32(SANDBOX_HELD_SCRATCH) != 0
        #expect(services.lines.last == (isLimited ? "No space left on device" : "Success"), "\(services.output)")
    }

    @Test("what the host raised for itself, a call without a limit does not have")
    func openFiles() throws {
        let highest = try #require(ResourceLimit.descriptors.highest)
        var lower = rlimit(rlim_cur: rlim_t(highest) - 200, rlim_max: rlim_t(highest))
        #expect(setrlimit(Int32(RLIMIT_NOFILE.rawValue), &lower) == 0)
        ResourceLimit.raiseDescriptors()
        let crashing = try CrashingPlugin { $0.limits.files = nil }
        let services = FakeServices()
        crashing.run("limits", services)
        let expected = try #require(ResourceLimit.descriptorsOfOthers)
        #expect(expected < highest && services.lines.contains("open files \(expected)"), "\(services.output)")
    }

    @Test("each limit is that of its resource", arguments: [true, false])
    func limits(namespaces: Bool) throws {
        let crashing = try CrashingPlugin { options in
            options.usesNamespaces = namespaces
            options.limits.memory = 512 << 20
            options.limits.files = 100
            options.limits.fileSize = 5 << 20
            options.limits.cpu = 77
            options.limits.processes = 4000
        }
        let services = FakeServices()
        crashing.run("limits", services)
        let memory = Workshop.isSanitized ? [] : ["memory \(512 << 20)"]
        let expected = memory + ["open files 100", "file size \(5 << 20)", "processor 77", "processes 4000"]
        #expect(services.lines.suffix(expected.count) == expected[...], "\(services.output)")
    }

    /// The worker keeps some, in a namespace of its own, to give calls theirs.
    @Test("a call has no capability but those of its user over files, and gains none", arguments: [true, false])
    func privileges(namespaces: Bool) throws {
        let crashing = try CrashingPlugin { $0.usesNamespaces = namespaces }
        let services = FakeServices()
        crashing.run("privileges", services)
        #expect(services.lines.last == "has 0, gains nothing", "\(services.output)")
    }

    /// What the base layer permits for the worker's sake, and that of other calls.
    @Test(
        "a call can open its own directory, and neither another's, nor the plugin's file, nor the list of processes",
        arguments: [true, false])
    func look(namespaces: Bool) throws {
        let scratch = try TemporaryDirectory(in: "/var/tmp")
        let crashing = try CrashingPlugin { options in
            options.usesNamespaces = namespaces
            options.scratch = scratch.path
            options.grants = []
        }
        func looks(at path: String) -> String? {
            let services = FakeServices()
            crashing.run("look", at: path, services)
            return services.lines.last
        }
        let completion = crashing.during("wait") { call in
            let others = crashing.plugin.state.read { $0.running[call]?.process?.directory }
            if others == "/tmp" {
                // It may be the place of the one that looks, but then not of the next.
                let all = (try? FileManager.default.contentsOfDirectory(atPath: scratch.path))?.first ?? ""
                let seen = (0..<3).map { _ in looks(at: "\(scratch.path)/\(all)/0") }
                #expect(seen.count { $0 == "EACCES" } >= 2, "\(seen)")
            } else {
                #expect(others.flatMap(looks) == "EACCES")
            }
            crashing.plugin.cancel(call)
        }
        #expect(completion.code == .cancelled && looks(at: "") == "opened")
        #expect(looks(at: crashing.plugin.file) == "EACCES" && looks(at: "/proc") == "EACCES")
    }

    @Test("a call that has used up all names there are for private files leaves its siblings without, and alive")
    func noNames() throws {
        let crashing = try CrashingPlugin { options in
            options.limits.privateFiles = 1 << 18
            // None is there before it is needed.
            (options.calls, options.mostReady) = (0, 0)
        }
        let completion = crashing.during("fill") { call in
            // As long as it fills, others are served.
            #expect(eventually { if case .refused = crashing.run("look").end { true } else { false } })
            crashing.plugin.cancel(call)
        }
        #expect(completion.code == .cancelled)
        #expect(crashing.run("look").end == .returned(0))
    }

    @Test("one end of a worker counts as one crash, however many calls it had")
    func workersEnd() throws {
        let crashing = try CrashingPlugin()
        let calls = (0..<4).map { _ in crashing.next() }
        let ended = calls.map { call in Ended { crashing.run("wait", call: call) } }
        let worker = try #require(crashing.plugin.state.wait { .done($0.worker) })
        #expect(eventually { worker.state.read { $0.alive.values.count(where: \.isServing) } == 4 })
        worker.state.read { $0.guardian }?.kill()
        for end in ended {
            if case .crashed? = end.value?.end { continue }
            Issue.record("\(end.value as Any)")
        }
        #expect(crashing.run("look").end == .returned(0))
    }

    @Test("what a call polls to learn that it should stop becomes readable")
    func cancelDescriptor() throws {
        let crashing = try CrashingPlugin()
        #expect(crashing.during("poll") { crashing.plugin.cancel($0) }.code == .cancelled)
    }

    /// Each is one more way out: the listener of attempts, which answers them; the guardian's and the host's sockets.
    @Test(
        "nothing is open in a call but what is its own, and in the worker nothing that answers",
        arguments: [true, false])
    func descriptors(namespaces: Bool) throws {
        let crashing = try CrashingPlugin(configuration: #"{"init":"descriptors"}"#) { $0.usesNamespaces = namespaces }
        let services = FakeServices()
        crashing.run("descriptors", services)
        #expect(services.lines.last == "open: /dev/null /dev/null socket socket socket", "\(services.output)")
        let told = crashing.log.withLock { $0.first { $0.contains("open: ") } ?? "" }
        let words = told.split(separator: " ")
        #expect(words.count { $0 == "socket" } == 3 && !told.contains("seccomp"), "\(told)")
    }

    #if arch(x86_64)
        /// Of the filter's numbers none means there what it means here. Kernels without these calls end who makes one, too.
        @Test("a system call by another architecture's numbers is the end")
        func otherNumbers() throws {
            let completion = try CrashingPlugin().run("other numbers")
            let ends = [Int32(SIGSYS), Int32(SIGSEGV)].map {
                Completion.End.crashed(CrashWords.words(for: .signalled($0)))
            }
            #expect(ends.contains(completion.end), "\(completion)")
        }
    #endif

    @Test("nothing of a worker goes on when somebody kills its guardian", arguments: [true, false])
    func guardianIsKilled(namespaces: Bool) throws {
        let crashing = try CrashingPlugin { $0.usesNamespaces = namespaces }
        let completion = crashing.during("loop", locking: true) { _ in
            crashing.plugin.state.read { $0.worker }?.state.read { $0.guardian }?.kill()
        }
        let hasCrashed = if case .crashed = completion.end { true } else { false }
        #expect(hasCrashed, "\(completion.end)")
        #expect(crashing.isLockFree)
        #expect(crashing.run("nothing").end == .returned(0))
    }

    @Test("a call that does not stop is killed, and is over when it is gone", arguments: [true, false])
    func kill(namespaces: Bool) throws {
        let crashing = try CrashingPlugin { $0.usesNamespaces = namespaces }
        let completion = crashing.during("loop", locking: true) { call in
            #expect(!crashing.isLockFree)
            crashing.plugin.cancel(call)
            #expect(!crashing.isLockFree)
            crashing.plugin.kill(call)
        }
        #expect(completion.end == .killed)
        #expect(crashing.isLockFree)
        // It was ours, and says nothing about the plugin.
        #expect(crashing.plugin.state.read { $0.record.inARow } == 0)
    }

    @Test("a call that is killed before it has begun never begins")
    func killedEarly() throws {
        let crashing = try CrashingPlugin()
        let services = FakeServices()
        let call = crashing.next()
        crashing.plugin.kill(call)
        #expect(crashing.run("nothing", call: call, services).end == .killed)
        #expect(services.output.isEmpty)
        #expect(crashing.run("nothing").end == .returned(0))
    }

    @Test("a call sees that it is cancelled")
    func cancel() throws {
        let crashing = try CrashingPlugin()
        let completion = crashing.during("wait") { crashing.plugin.cancel($0) }
        #expect(completion.code == .cancelled)
    }

    @Test("the first reply counts, and what comes after it is heard by nobody")
    func replyTwice() throws {
        let crashing = try CrashingPlugin()
        let services = FakeServices()
        #expect(crashing.run("twice", locking: true, services).end == .returned(0))
        #expect(crashing.isLockFree)
        #expect(
            services.state.withLock { $0.logged } == ["warning said more after it had returned; nobody has heard it"])
    }

    @Test("what is written to the error output is told to the operator")
    func errorOutput() throws {
        let crashing = try CrashingPlugin()
        crashing.run("error output")
        crashing.plugin.quiesce()
        #expect(
            crashing.log.withLock { $0 }
                == ["warning org.example.crashing: wrote to its error output: a last word"])
    }

    @Test(
        "a plugin that has too much to say is cut short, and that is said once: in its init, in a call, and beside one")
    func chatter() throws {
        let tooMuch = "has more to say than 256 KiB in 60 s; the rest is left out"
        func check(_ lines: [String], _ prefix: String = "") {
            #expect(lines.count > 1000 && lines.count < 3000, "\(lines.count)")
            #expect(lines.count { $0 == "warning \(prefix)\(tooMuch)" } == 1)
        }
        let prefix = "org.example.crashing: "
        let talker = try CrashingPlugin(configuration: #"{"init":"chatter"}"#)
        check(talker.log.withLock { $0 }, prefix)
        let crashing = try CrashingPlugin()
        let services = FakeServices()
        crashing.run("chatter", services)
        check(services.state.withLock { $0.logged })
        #expect(crashing.log.withLock { $0 }.isEmpty)
        crashing.run("chatter elsewhere")
        check(crashing.log.withLock { $0 }, prefix)
        crashing.log.withLock { $0 = [] }
        crashing.run("error chatter")
        crashing.plugin.quiesce()
        check(crashing.log.withLock { $0 }, prefix)
    }

    @Test(
        "a thousand calls with bad ends leave no process, no descriptor and no memory behind", arguments: [true, false])
    func thousand(namespaces: Bool) async throws {
        // In a process of its own: what there is afterwards is compared with what was there before.
        let found = try await onThread {
            let workshop = try Workshop()
            let plugin = try CrashingPlugin.build(in: workshop)
            return try workshop.run([Bundled.product("paces"), "crash", plugin, namespaces ? "1" : "0"])
        }
        #expect(found == "processes []\ndescriptors 0\nmemory ok\nfiles []\n")
    }
}
