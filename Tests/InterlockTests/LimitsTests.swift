import Calls
import HostSupport
import Interlock
import Testing

@Suite("Limits on how much runs at once", .timeLimit(.minutes(20)))
struct LimitsTests {
    /// Two calls that hold all the places there are, and a third that could run but for them.
    private static func third(_ tool: String, _ configure: (inout Deployment) -> Void) async throws {
        try await withRig(configured: configure) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("say here; await go", ["writes": ["a"]]))
            turn.ingest(.act("say here; await go", ["writes": ["b"]], tool: tool))
            turn.ingest(.act("emit third", ["writes": ["c"]], tool: tool))
            // It holds its claims already: who conflicts with it waits for it.
            turn.ingest(.act("emit fourth", ["writes": ["c"]]))
            try await events.wait(for: .progress, of: 0)
            try await events.wait(for: .progress, of: 1)
            #expect(events.steps(of: 2) == [.ingested, .granted])
            #expect(events.obstacles(of: 2).isEmpty)
            #expect(events.obstacles(of: 3).map(\.place) == [2])
            await rig.signal("go")
            #expect(await turn.outcomes().map(\.text) == ["", "", "third", "fourth"])
            #expect(!events.comes(.started, of: 2, before: .ended, of: events.ends[0]))
        }
    }

    @Test("jobs: a call past the limit has its grant and starts when another has ended")
    func jobs() async throws {
        try await Self.third("act") { $0.limits.jobs = 2 }
    }

    @Test("of a plugin: likewise")
    func plugin() async throws {
        try await Self.third("act_otherwise") { $0.limits.perPlugin[ScriptedPlugin.id] = 2 }
    }

    @Test("of a tool: likewise")
    func tool() async throws {
        try await Self.third("act_otherwise") {
            var settings = Deployment.ToolSettings()
            settings.concurrency = 1
            $0.tools["act_otherwise"] = settings
        }
    }

    @Test("a call that a limit holds back does not stand in the way of other tools and plugins")
    func others() async throws {
        try await withRig(
            files: ["a": "text"],
            configured: {
                var settings = Deployment.ToolSettings()
                settings.concurrency = 1
                $0.tools["act_otherwise"] = settings
                $0.limits.perPlugin[ScriptedPlugin.id] = 2
            }
        ) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("await go", tool: "act_otherwise"))
            turn.ingest(.act("emit held back", tool: "act_otherwise"))
            turn.ingest(.act("await go; emit another tool"))
            turn.ingest(.act("emit held back too"))
            turn.ingest(Call("file_read", ["path": "a"]))
            #expect(await turn.outcome(of: 4).text == "text")
            try await events.wait(for: .started, of: 2)
            #expect(!events.has(.started, of: 1) && !events.has(.started, of: 3))
            await rig.signal("go")
            #expect(
                await turn.outcomes().map(\.text) == ["", "held back", "another tool", "held back too", "text"])
        }
    }

    @Test("a call that waits for a claim takes no slot")
    func waiting() async throws {
        try await withRig(configured: { $0.limits.jobs = 2 }) { rig in
            // The first can only end if the last runs beside it.
            let outcomes = await rig.run(
                .act("await last", ["keys": ["k"]]), .act("emit x", ["keys": ["k"]]), .act("emit x", ["keys": ["k"]]),
                .act("signal last"))
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
        }
    }

    @Test("more calls than the queue takes are refused, and those that wait are not harmed")
    func queue() async throws {
        try await withRig(configured: { $0.limits.queue = 500 }) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("say here; await go", ["keys": ["k"]]))
            try await events.wait(for: .progress, of: 0)
            for place in 1...520 { turn.ingest(.act("emit \(place)", ["keys": ["k"]])) }
            await rig.signal("go")
            let outcomes = await turn.outcomes()
            #expect(outcomes[1...500].map(\.text) == (1...500).map(String.init))
            let full = Outcome(.refused, message: "the queue is full: 500 calls wait already")
            #expect(outcomes[501...].allSatisfy { $0 == full })
        }
    }
}
