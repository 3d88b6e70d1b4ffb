import Calls
import HostSupport
import Interlock
import Testing

@Suite("Cancelling", .timeLimit(.minutes(20)))
struct CancellationTests {
    @Test("a call that waits never starts, leaves no trace, and says for whom it waited")
    func waiting() async throws {
        try await withRig(files: ["a": "old"]) { rig in
            let (mine, theirs) = (EventLog(), EventLog())
            let first = rig.begin(mine)
            let second = rig.begin(theirs)
            first.ingest(.act("await go; read a", ["writes": ["a"]]))
            second.ingest(.act("write a trace; signal trace", ["writes": ["a"], "name": "trace"]))
            second.cancel()
            let outcome = await second.outcome(of: 0)
            #expect(outcome == Outcome(.cancelled, message: "the turn was cancelled; it waited for call #1 (a)"))
            await rig.signal("go")
            #expect(await first.outcome(of: 0).text == "old")
            // Its place in the order is free, its name too.
            let later = await rig.run(.act("name 9; write a new", ["writes": ["a"], "name": "trace"]))
            #expect(later.map(\.text) == ["trace"])
            #expect(rig.content("a") == "new")
            #expect(theirs.steps(of: 0) == [.ingested, .ended])
        }
    }

    @Test("a call that runs is asked to stop, and is interrupted")
    func running() async throws {
        try await withRig { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("emit before; say here; await never; emit after"))
            try await events.wait(for: .progress, of: 0)
            turn.cancel()
            let outcome = await turn.outcome(of: 0)
            #expect(outcome.kind == .interrupted)
            #expect(outcome.text == "before")
            #expect(!outcome.message.isEmpty)
        }
    }

    @Test("a call that ends well although it was asked to stop has succeeded")
    func tooLate() async throws {
        try await withRig { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("say here; insist go; emit done"))
            try await events.wait(for: .progress, of: 0)
            turn.cancel()
            await rig.signal("go")
            #expect(await turn.outcome(of: 0) == Outcome(.succeeded, content: [.text("done")]).under(.advisory))
        }
    }

    @Test("in a cancelled turn no call is let through by the end of the one that it waited for")
    func chain() async throws {
        try await withRig(files: ["a": "old"]) { rig in
            for _ in 0..<100 {
                let events = EventLog()
                let turn = rig.begin(events)
                turn.ingest(.act("say here; await never", ["writes": ["a"]]))
                for _ in 0..<3 { turn.ingest(.act("write a trace", ["writes": ["a"]])) }
                try await events.wait(for: .progress, of: 0)
                turn.cancel()
                let outcomes = await turn.outcomes()
                #expect(outcomes.map(\.kind) == [.interrupted, .cancelled, .cancelled, .cancelled])
            }
            #expect(rig.content("a") == "old")
        }
    }

    @Test("calls that come after the cancel never start")
    func afterwards() async throws {
        try await withRig { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.cancel()
            turn.ingest(.act("write trace x", ["writes": ["trace"]]))
            #expect(await turn.outcomes().map(\.kind) == [.cancelled])
            #expect(!events.has(.started, of: 0))
            #expect(rig.content("trace") == nil)
        }
    }

    @Test("start against cancel is decided once: what was cancelled left no trace, and what left one had started")
    func race() async throws {
        try await withRig { rig in
            for round in 0..<200 {
                let events = EventLog()
                let turn = rig.begin(events)
                async let cancelled: Void = { turn.cancel() }()
                for place in 0..<3 {
                    turn.ingest(.act("write \(round)-\(place) x", ["writes": [.string("\(round)-\(place)")]]))
                }
                await cancelled
                for (place, outcome) in await turn.outcomes().enumerated() {
                    #expect(outcome.started == events.has(.started, of: place))
                    #expect(outcome.started == (rig.content("\(round)-\(place)") != nil))
                }
            }
        }
    }

    @Test("a cancelled task cancels its turn, and still gets every outcome")
    func task() async throws {
        try await withRig(files: ["a": "old"]) { rig in
            let events = EventLog()
            let task = Task {
                await rig.run(
                    [
                        .act("say here; await never", ["writes": ["a"]]), .act("write a trace", ["writes": ["a"]]),
                        .act("emit quick"), Call("unknown", [:]),
                    ], events)
            }
            try await events.wait(for: .progress, of: 0)
            try await events.wait(for: .ended, of: 2)
            task.cancel()
            #expect(await task.value.map(\.kind) == [.interrupted, .cancelled, .succeeded, .refused])
            #expect(rig.content("a") == "old")
        }
    }

    @Test("in a task that is cancelled already nothing starts")
    func cancelledTask() async throws {
        try await withRig { rig in
            let events = EventLog()
            let task = Task {
                // Ends when the task is cancelled.
                for await _ in AsyncStream<Void>(unfolding: { try? await Task.sleep(for: .seconds(60)) }) { break }
                return await rig.run([.act("write trace x", ["writes": ["trace"]])], events)
            }
            task.cancel()
            #expect(await task.value.map(\.kind) == [.cancelled])
            #expect(!events.has(.started, of: 0))
            #expect(rig.content("trace") == nil)
        }
    }
}
