import Calls
import Foundation
import HostSupport
import Interlock
import TestSupport
import Testing

/// No test here compares durations: what must be over is shown by what came after it.
@Suite("Time limits", .timeLimit(.minutes(20)))
struct TimeTests {
    @Test("time spent waiting does not count against a call's own time")
    func waitingIsFree() async throws {
        try await withRig(configured: {
            var settings = Deployment.ToolSettings()
            settings.timeLimit = .milliseconds(30)
            $0.tools["act_otherwise"] = settings
        }) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("await go", ["keys": ["k"]]))
            turn.ingest(.act("emit done", ["keys": ["k"]], tool: "act_otherwise"))
            // One more that runs, under the same limit: when its time is up, so would be that of the one that waits.
            turn.ingest(.act("await never", tool: "act_otherwise"))
            try await events.wait(for: .ended, of: 2)
            await rig.signal("go")
            let outcomes = await turn.outcomes()
            #expect(outcomes.map(\.kind) == [.succeeded, .succeeded, .timedOut])
            #expect(outcomes[1].text == "done")
        }
    }

    @Test("a call whose time is up is asked to stop; its siblings go on")
    func timeIsUp() async throws {
        try await withRig(configured: {
            var settings = Deployment.ToolSettings()
            settings.timeLimit = .milliseconds(30)
            $0.tools["act_otherwise"] = settings
        }) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("await go; emit done"))
            turn.ingest(.act("emit so far; await never", ["keys": ["k"]], tool: "act_otherwise"))
            turn.ingest(.act("emit next", ["keys": ["k"]]))
            #expect(await turn.outcome(of: 1).kind == .timedOut)
            #expect(await turn.outcome(of: 1).text == "so far")
            #expect(await turn.outcome(of: 2).text == "next")
            await rig.signal("go")
            #expect(await turn.outcome(of: 0).text == "done")
        }
    }

    @Test("the operator's limit of one tool cannot exceed that of all")
    func tighter() async throws {
        try await withRig(configured: {
            var settings = Deployment.ToolSettings()
            settings.timeLimit = .seconds(3600)
            $0.tools["act"] = settings
            $0.limits.time = .milliseconds(30)
        }) { rig in
            #expect(await rig.run(.act("await never")).map(\.kind) == [.timedOut])
        }
    }

    @Test("a call that waits too long is cancelled, and says for whom it waited")
    func waitLimit() async throws {
        try await withRig(files: ["a": "old"], configured: { $0.limits.wait = .milliseconds(40) }) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("await go", ["writes": ["a"]]))
            turn.ingest(.act("write a trace", ["writes": ["a"]]))
            let outcome = await turn.outcome(of: 1)
            #expect(outcome == Outcome(.cancelled, message: "a call may wait for 40ms; it waited for call #1 (a)"))
            await rig.signal("go")
            #expect(await turn.outcome(of: 0).kind == .succeeded)
            #expect(!events.has(.started, of: 1))
            #expect(rig.content("a") == "old")
        }
    }
}

@Suite("A call that cannot be stopped", .timeLimit(.minutes(20)))
struct AbandonedCallTests {
    /// Short times for the scripted tool alone, so that the others' do not depend on the machine.
    private static func impatient(_ deployment: inout Deployment) {
        var settings = Deployment.ToolSettings()
        settings.timeLimit = .milliseconds(20)
        deployment.tools["act_otherwise"] = settings
        deployment.limits.grace = .milliseconds(20)
    }

    private static let poisoned = "was abandoned while it held what this call needs"

    @Test(
        "is given up after its grace: who conflicts is refused at once, who does not runs",
        arguments: ["insist", "spin"])
    func abandoned(step: String) async throws {
        try await withRig(files: ["a": "old", "b": "old"], configured: Self.impatient) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("emit x; \(step) end", ["writes": ["a"]], tool: "act_otherwise"))
            turn.ingest(.act("read a", ["reads": ["a"]]))
            let outcome = await turn.outcome(of: 0)
            #expect(outcome.kind == .timedOut)
            #expect(outcome.message.contains("did not stop within 20ms and was abandoned"), "\(outcome.message)")
            // It waited already.
            #expect(await turn.outcome(of: 1).kind == .refused)
            #expect(await turn.outcome(of: 1).message.contains("Restart the host to free it"))
            // These come later: by another tool, by the directory above, and with nothing in common.
            let later = await rig.run(
                Call("file_read", ["path": "a"]), Call("file_search", ["pattern": "x"]),
                Call("file_read", ["path": "b"]),
                .act("write b new", ["writes": ["b"]]))
            #expect(later.map(\.kind) == [.refused, .refused, .succeeded, .succeeded])
            #expect(later[0].message.contains(Self.poisoned) && later[1].message.contains(Self.poisoned))
            await rig.signal("end")
            try await Self.untilFree(rig)
        }
    }

    @Test("runs none of its code if it is given up while its start is told")
    func whileStarting() async throws {
        try await withRig(files: ["a": "old"], configured: { $0.limits.grace = .zero }) { rig in
            let events = EventLog(stopping: [0], at: .started)
            let turn = rig.begin(events)
            try await events.enter(.act("write a late", ["writes": ["a"]]), turn, at: 0)
            try await events.wait(for: .started, of: 0)
            turn.cancel()
            #expect(await rig.run(Call("file_read", ["path": "a"])).map(\.kind) == [.refused])
            events.letGo()
            #expect(await turn.outcome(of: 0).kind == .interrupted)
            try await Self.untilFree(rig)
            #expect(rig.content("a") == "old")
        }
    }

    @Test("keeps no other host out if it is given up before its thread came to it")
    func beforeItsThread() async throws {
        let configure = { (deployment: inout Deployment) in
            deployment.limits.grace = .zero
            deployment.locks = deployment.workspace + ".locks"
        }
        try await withRig(files: ["a": "old"], configured: configure) { rig in
            var deployment = rig.host.deployment
            deployment.plugins = deployment.plugins.filter { $0.file == Bundled.files }
            deployment.limits.wait = .milliseconds(100)
            let other = try Host(deployment) { _, _ in }
            defer { other.shutDown() }
            let write = Turn(calls: [Call("file_write", ["path": "a", "content": "other"])])

            let events = EventLog(stopping: [0], at: .ingested)
            let (holder, turn) = (rig.begin(EventLog()), rig.begin(events))
            holder.ingest(.act("await go", ["writes": ["a"]], tool: "act_otherwise"))
            try await events.enter(.act("write a late", ["writes": ["a"]]), turn, at: 0)
            await rig.signal("go")
            #expect(await holder.outcome(of: 0).kind == .succeeded)
            // Until it has what it needs, and stands behind the news of its ingest.
            var said = ""
            while !said.contains("call act, since") { said = await other.run(write)[0].message }
            turn.cancel()
            // Who conflicts is refused when it has been given up; else its thread could come to it before that.
            #expect(await rig.run(Call("file_read", ["path": "a"])).map(\.kind) == [.refused])
            events.letGo()
            #expect(await turn.outcome(of: 0).kind == .interrupted)
            try await Self.untilFree(rig)
            // Now, or when the call that never ran has given back what it had: a slow machine takes its time.
            while await other.run(write).map(\.kind) != [.succeeded] { await Task.yield() }
        }
    }

    @Test("gets STALE for whatever it does from then on, and is answered once")
    func stale() async throws {
        try await withRig(files: ["a": "old"], configured: Self.impatient) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(
                .act(
                    "insist end; try write a late; try emit late; signal tried", ["writes": ["a"]],
                    tool: "act_otherwise"))
            #expect(await turn.outcome(of: 0).kind == .timedOut)
            await rig.signal("end")
            try await Self.untilFree(rig)
            #expect(rig.content("a") == "old")
            #expect(await turn.outcome(of: 0).text.isEmpty)
            #expect(events.steps(of: 0) == [.ingested, .granted, .started, .ended])
        }
    }

    @Test("a cancelled call that does not stop is interrupted and abandoned likewise")
    func cancelled() async throws {
        try await withRig(configured: { $0.limits.grace = .milliseconds(20) }) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("say here; insist end", ["writes": ["a"]]))
            try await events.wait(for: .progress, of: 0)
            turn.cancel()
            let outcome = await turn.outcome(of: 0)
            #expect(outcome.kind == .interrupted)
            #expect(outcome.message.contains("was abandoned"))
            await rig.signal("end")
            try await Self.untilFree(rig)
        }
    }

    @Test("takes no slot from those that come after it")
    func slots() async throws {
        try await withRig(configured: {
            Self.impatient(&$0)
            $0.limits.jobs = 1
        }) { rig in
            #expect(await rig.run(.act("insist end", tool: "act_otherwise")).map(\.kind) == [.timedOut])
            #expect(await rig.run(.act("emit x")).map(\.text) == ["x"])
            await rig.signal("end")
        }
    }

    @Test("may be given up before its thread has come to it, and never runs then")
    func beforeItBegins() async throws {
        try await withRig(files: ["a": "old"], configured: Self.impatient) { rig in
            let events = EventLog(stopping: [0], at: .granted)
            let turn = rig.begin(events)
            try await events.enter(.act("write a trace", ["writes": ["a"]], tool: "act_otherwise"), turn, at: 0)
            try await events.wait(for: .granted, of: 0)
            while await rig.run(.act("read a", ["reads": ["a"]])).first?.kind != .refused { await Task.yield() }
            events.letGo()
            #expect(await turn.outcome(of: 0).kind == .timedOut)
            try await Self.untilFree(rig)
            #expect(rig.content("a") == "old")
            #expect(!events.has(.started, of: 0))
        }
    }

    /// Its claims are given back when its code returns after all; nobody is told, so one asks again.
    private static func untilFree(_ rig: Rig) async throws {
        while await rig.run(.act("read a", ["writes": ["a"]])).first?.kind == .refused { await Task.yield() }
    }
}
