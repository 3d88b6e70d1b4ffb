import Calls
import HostSupport
import StrictJSON
import Testing

@testable import Interlock

@Suite("A turn inside a running call's grant", .timeLimit(.minutes(20)))
struct NestedTurnTests {
    /// A parent that runs until `end` is signalled, and what it takes to begin turns inside it.
    private struct Parent {
        var turn: RunningTurn
        var events: EventLog
        var begin: @Sendable () -> RunningTurn

        init(_ rig: Rig, _ script: String, _ claims: JSON) async throws {
            events = EventLog()
            turn = rig.begin(events)
            turn.ingest(.act("say here; \(script)", claims))
            let call = try await events.wait(for: .progress, of: 0).call
            begin = { rig.host.begin(inside: call, of: rig.host.scheduler) }
        }
    }

    private static let files: KeyValuePairs = ["src/a": "a", "src/b": "b", "doc": "doc"]

    @Test("its calls are ordered among themselves, and run at once where they do not conflict")
    func order() async throws {
        try await withRig(files: Self.files) { rig in
            let parent = try await Parent(rig, "await end", ["trees": ["src"]])
            let turn = parent.begin()
            turn.ingest(.act("await other; write src/a new", ["writes": ["src/a"]]))
            turn.ingest(.act("read src/a", ["reads": ["src/a"]]))
            turn.ingest(.act("signal other; read src/b", ["reads": ["src/b"]]))
            #expect(await turn.outcomes().map(\.text) == ["", "new", "b"])
            await rig.signal("end")
            #expect(await parent.turn.outcomes().map(\.kind) == [.succeeded])
        }
    }

    @Test("what its parent does not hold is refused at once, whoever else holds it")
    func outside() async throws {
        try await withRig(files: Self.files) { rig in
            let parent = try await Parent(rig, "await end", ["trees": ["src"], "reads": ["doc"]])
            let sibling = rig.begin(EventLog())
            sibling.ingest(.act("await end", ["keys": ["k"]]))
            let outcomes = await parent.begin().run([
                .act("read doc", ["reads": ["doc"]]), .act("write doc new", ["writes": ["doc"]]),
                .act("write new x", ["writes": ["new"]]), .act("emit x", ["keys": ["k"]]),
                .act("emit x", tool: "undeclared"), .act("emit x", ["name": "n"]),
                .act("read src/a", ["reads": ["src/a"]]),
            ])
            #expect(
                outcomes.map(\.kind) == [.succeeded, .refused, .refused, .refused, .refused, .refused, .succeeded])
            #expect(outcomes[1].message == "a nested call may claim only what its parent holds: doc")
            #expect(outcomes[4].message == "a nested call may claim only what its parent holds: every file")
            await rig.signal("end")
            #expect(await sibling.outcomes().map(\.kind) == [.succeeded])
            #expect(await parent.turn.outcomes().map(\.kind) == [.succeeded])
            #expect(rig.content("doc") == "doc")
        }
    }

    @Test("needs no slots: it runs in its parent's")
    func slots() async throws {
        try await withRig(files: Self.files, configured: { $0.limits.jobs = 1 }) { rig in
            let parent = try await Parent(rig, "await end", ["trees": ["src"]])
            let outcomes = await parent.begin().run([.act("await two; read src/a"), .act("signal two")])
            #expect(outcomes.map(\.kind) == [.violated, .succeeded])
            await rig.signal("end")
            #expect(await parent.turn.outcomes().map(\.kind) == [.succeeded])
        }
    }

    @Test("takes its units from its parent's")
    func units() async throws {
        try await withRig { rig in
            let parent = try await Parent(rig, "await end", ["units": 1])
            let outcomes = await parent.begin().run([.act("emit one", ["units": 1]), .act("emit two", ["units": 2])])
            #expect(outcomes.map(\.kind) == [.succeeded, .refused])
            await rig.signal("end")
            #expect(await parent.turn.outcomes().map(\.kind) == [.succeeded])
        }
    }

    @Test("is not refused for the keys of a policy, which its parent has taken", arguments: Policy.allCases)
    func policies(_ policy: Policy) async throws {
        try await withRig(files: Self.files, configured: { $0.policy = policy }) { rig in
            let parent = try await Parent(rig, "await end", ["trees": ["src"]])
            #expect(await parent.begin().run([.act("read src/a", ["reads": ["src/a"]])]).map(\.text) == ["a"])
            await rig.signal("end")
            #expect(await parent.turn.outcomes().map(\.kind) == [.succeeded])
        }
    }

    @Test("what its parent has released is no longer to be had, also for a call that runs")
    func released() async throws {
        try await withRig(files: ["f": "old"]) { rig in
            let parent = try await Parent(rig, "await release; release 3; say released; await end", ["lends": ["f"]])
            let turn = parent.begin()
            turn.ingest(.act("write f new; signal release; await go; write f late", ["writes": ["f"]]))
            try await parent.events.wait(for: .released, of: 0)
            #expect(await parent.begin().run([.act("read f", ["reads": ["f"]])]).map(\.kind) == [.refused])
            await rig.signal("go")
            #expect(await turn.outcome(of: 0).kind == .violated)
            #expect(rig.content("f") == "new")
            await rig.signal("end")
            #expect(await parent.turn.outcomes().map(\.kind) == [.succeeded])
        }
    }

    @Test("when its parent has ended nothing is to be had")
    func ended() async throws {
        try await withRig(files: Self.files) { rig in
            let parent = try await Parent(rig, "await end", ["trees": ["src"]])
            let turn = parent.begin()
            turn.ingest(.act("await go; write src/a late", ["writes": ["src/a"]]))
            await rig.signal("end")
            #expect(await parent.turn.outcomes().map(\.kind) == [.succeeded])
            #expect(await turn.run([.act("read src/b", ["reads": ["src/b"]])]).map(\.kind) == [.refused])
            await rig.signal("go")
            #expect(await turn.outcome(of: 0).kind == .violated)
            #expect(rig.content("src/a") == "a")
        }
    }

    @Test("does not come between its parent and the wish to stop it")
    func cancellingTheParent() async throws {
        try await withRig(files: Self.files, configured: { $0.limits.grace = .seconds(10) }) { rig in
            let parent = try await Parent(rig, "await never", ["trees": ["src"]])
            let turn = parent.begin()
            for _ in 0..<3 { turn.ingest(.act("read src/a", ["reads": ["src/a"]])) }
            #expect(await turn.outcomes().map(\.text) == ["a", "a", "a"])
            parent.turn.cancel()
            let outcome = await parent.turn.outcome(of: 0)
            #expect(outcome.kind == .interrupted)
            #expect(!outcome.message.contains("abandoned"))
        }
    }
}

extension RunningTurn {
    /// Enters calls and waits for their outcomes.
    fileprivate func run(_ calls: [Call]) async -> [Outcome] {
        let places = calls.map { ingest($0) }
        var outcomes: [Outcome] = []
        for place in places { outcomes.append(await outcome(of: place)) }
        return outcomes
    }
}
