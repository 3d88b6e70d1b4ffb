import Calls
import HostSupport
import Interlock
import Testing

@Suite("A host runs turns", .timeLimit(.minutes(20)))
struct HostTests {
    @Test("results come in the turn's order, whatever order the calls end in")
    func order() async throws {
        try await withRig { rig in
            // Each ends only when its successor has.
            let calls = (0..<8).map { place in
                Call.act("\(place < 7 ? "await \(place + 1); " : "")emit \(place); signal \(place)")
            }
            let outcomes = await rig.run(calls)
            #expect(outcomes.map(\.text) == (0..<8).map(String.init))
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
        }
    }

    @Test("calls that do not conflict run at once: each awaits the others")
    func overlap() async throws {
        try await withRig(files: ["a": "", "b": "", "shared": ""]) { rig in
            let outcomes = await rig.run(
                .act("signal 1; await 2; await 3; await 4", ["writes": ["a"], "reads": ["shared"]]),
                .act("signal 2; await 1; await 3; await 4", ["writes": ["b"], "reads": ["shared"]]),
                .act("signal 3; await 1; await 2; await 4", ["writes": ["new/c"]]),
                .act("signal 4; await 1; await 2; await 3", ["writes": ["new/d"], "keys": ["x"]]))
            #expect(outcomes.map(\.kind) == [.succeeded, .succeeded, .succeeded, .succeeded])
        }
    }

    @Test("a call that conflicts starts when the earlier one has ended, and finds what it left")
    func conflict() async throws {
        try await withRig(files: ["a": "old"]) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("await go; write a new", ["writes": ["a"]]))
            turn.ingest(.act("read a", ["reads": ["a"]]))
            #expect(events.obstacles(of: 1).map(\.place) == [0])
            #expect(events.obstacles(of: 1).map(\.resource) == ["a"])
            await rig.signal("go")
            #expect(await turn.outcomes().map(\.text) == ["", "new"])
            #expect(events.comes(.ended, of: 0, before: .started, of: 1))
        }
    }

    @Test("calls stream in: one runs before the next is known")
    func streaming() async throws {
        try await withRig { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            #expect(turn.ingest(.act("say here; await next; emit first")) == 0)
            try await events.wait(for: .progress, of: 0)
            #expect(turn.ingest(.act("signal next; emit second")) == 1)
            // Two may ask for one outcome.
            async let again = turn.outcome(of: 0)
            #expect(await turn.outcomes().map(\.text) == ["first", "second"])
            #expect(await again.text == "first")
        }
    }

    @Test("several turns share one table: their calls wait for each other, and only where they conflict")
    func severalTurns() async throws {
        try await withRig(files: ["a": ""]) { rig in
            let (mine, theirs) = (EventLog(), EventLog())
            let first = rig.begin(mine)
            let second = rig.begin(theirs)
            first.ingest(.act("say here; await go; await free; write a first", ["writes": ["a"]]))
            second.ingest(.act("read a; write a second", ["writes": ["a"]]))
            second.ingest(.act("signal free"))
            guard case .ingested(let obstacles)? = theirs.events.first?.kind else { throw CancellationError() }
            #expect(obstacles.map(\.call) == [try #require(mine.call(at: 0))])
            try await theirs.wait(for: .ended, of: 1)
            #expect(!theirs.has(.started, of: 0))
            await rig.signal("go")
            #expect(await second.outcomes().map(\.text) == ["first", ""])
            #expect(await first.outcomes().map(\.kind) == [.succeeded])
            #expect(rig.content("a") == "second")
            #expect(first.number != second.number)
        }
    }

    @Test("a host that shuts down lets its plugins come to rest")
    func shutDown() async throws {
        try await withRig { rig in
            _ = await rig.run(.act("emit x"))
            rig.host.shutDown()
            #expect(rig.log == ["org.example.scripted: quiesced"])
        }
    }

    @Test("a plugin whose abandoned call still runs is not told that none does")
    func shutDownBesideAbandoned() async throws {
        try await withRig(configured: { $0.limits.grace = .milliseconds(20) }) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("say here; insist go"))
            _ = try await events.wait(for: .progress, of: 0)
            turn.cancel()
            #expect(await turn.outcome(of: 0).kind == .interrupted)
            rig.host.shutDown()
            #expect(!rig.log.contains("org.example.scripted: quiesced"))
            await rig.signal("go")
        }
    }
}

@Suite("A policy adds claims, and takes none away", .timeLimit(.minutes(20)))
struct PolicyTests {
    struct Expectation: Sendable {
        var policy: Policy
        var first = "act"
        var second = "act"
        var isInOneTurn = true
        var waits: Bool
    }

    static let expectations: [Expectation] = [
        .init(policy: .contracts, waits: false),
        .init(policy: .serial, first: "look", second: "look", waits: true),
        .init(policy: .serial, isInOneTurn: false, waits: false),
        .init(policy: .rwlock, first: "look", second: "look", waits: false),
        .init(policy: .rwlock, first: "look", second: "act", waits: true),
        .init(policy: .rwlock, first: "act", second: "look", isInOneTurn: false, waits: true),
        .init(policy: .barriers, first: "look", second: "look", waits: false),
        .init(policy: .barriers, first: "look", second: "act", waits: true),
        .init(policy: .barriers, first: "act", second: "look", waits: true),
        .init(policy: .barriers, isInOneTurn: false, waits: false),
    ]

    @Test("calls with nothing in common wait for each other only if the policy says so", arguments: expectations)
    func unrelated(_ expected: Expectation) async throws {
        try await withRig(configured: { $0.policy = expected.policy }) { rig in
            let (mine, theirs) = (EventLog(), EventLog())
            let turn = rig.begin(mine)
            turn.ingest(.act("say here; await go", tool: expected.first))
            try await mine.wait(for: .progress, of: 0)
            let other = expected.isInOneTurn ? turn : rig.begin(theirs)
            let place = other.ingest(.act("emit done", tool: expected.second))
            if !expected.waits { #expect(await other.outcome(of: place).text == "done") }
            #expect((expected.isInOneTurn ? mine : theirs).has(.started, of: place) == !expected.waits)
            await rig.signal("go")
            #expect(await other.outcome(of: place).text == "done")
            #expect(await turn.outcome(of: 0).kind == .succeeded)
        }
    }
}
