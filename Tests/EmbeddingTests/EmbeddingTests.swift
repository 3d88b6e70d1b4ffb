import Foundation
import Interlock
import Testing

// Written as a program outside the package is: this target is built without package access, so that what it uses is public.

@Suite(.timeLimit(.minutes(20))) struct EmbeddingTests {
    @Test("outcomes come in the turn's order, whichever call ends first")
    func order() async throws {
        let place = try Workplace(["a.txt": "one\n"])
        let outcomes = try await withHost(place.deployment()) { host in
            #expect(host.problems.isEmpty, "\(host.problems)")
            return await host.run(Turn(calls: [.hold("1"), .read("a.txt"), .open("2")]))
        }
        #expect(outcomes.map(\.kind) == [.succeeded, .succeeded, .succeeded])
        #expect(outcomes[0].text == "held" && outcomes[2].text == "opened")
        #expect(outcomes[1].text.contains("one"), "\(outcomes[1])")
    }

    @Test("a call that cannot run has its outcome in its place, and its end among the events")
    func refused() async throws {
        let place = try Workplace(["a.txt": "one\n"])
        let turn = Turn(calls: [
            Call(id: "1", tool: "nothing", arguments: [:]), .read("a.txt"),
            Call(id: "3", tool: "file_read", arguments: .malformed(reason: "it is broken")),
            Call(id: "4", tool: "file_read", arguments: ["path": 5]),
        ])
        var ended: Set<Int> = []
        let outcomes = try await withHost(place.deployment()) { host in
            await host.run(turn) { events in
                for await event in events {
                    if case .ended = event.kind { #expect(ended.insert(event.place).inserted) }
                }
            }
        }
        #expect(outcomes.map(\.kind) == [.refused, .succeeded, .refused, .refused])
        #expect(outcomes[2].message.contains("it is broken"))
        #expect(ended == [0, 1, 2, 3])
    }

    @Test("the events of a turn say who waits for whom, and end when it has ended")
    func events() async throws {
        let place = try Workplace()
        let turn = Turn(calls: [.hold("1"), .hold("1"), .open("2")])
        var words: [Int: [String]] = [:]
        var obstacles: [Obstacle] = []
        var numbers: [Int: CallNumber] = [:]
        _ = try await withHost(place.deployment()) { host in
            await host.run(turn) { events in
                for await event in events {
                    numbers[event.place] = event.call
                    if case .ingested(let waitsFor) = event.kind, event.place == 1 { obstacles = waitsFor }
                    words[event.place, default: []].append(event.kind.word)
                }
            }
        }
        let whole = ["ingested", "granted", "started", "ended"]
        #expect(words == [0: whole, 1: whole, 2: whole])
        #expect(obstacles.map(\.call) == [numbers[0]])
        #expect(obstacles.map(\.resource) == ["gate:1"] && obstacles.map(\.mode) == [.exclusive])
    }

    @Test("a cancelled task interrupts what runs, starts nothing that waits, and every call is answered and told")
    func cancellation() async throws {
        let place = try Workplace()
        let turn = Turn(calls: [.hold("1"), .hold("1"), .hold("2")])
        let (started, tellStarted) = AsyncStream.makeStream(of: Int.self)
        let running = Task {
            try await withHost(place.deployment()) { host in
                var words: [Int: [String]] = [:]
                let outcomes = await host.run(turn) { events in
                    for await event in events {
                        if case .started = event.kind { tellStarted.yield(event.place) }
                        words[event.place, default: []].append(event.kind.word)
                    }
                }
                return (outcomes, words)
            }
        }
        var places: Set<Int> = []
        for await place in started {
            places.insert(place)
            if places == [0, 2] { break }
        }
        running.cancel()
        let (outcomes, words) = try await running.value
        #expect(outcomes.map(\.kind) == [.interrupted, .cancelled, .interrupted])
        #expect(words[0] == ["ingested", "granted", "started", "ended"])
        #expect(words[1] == ["ingested", "ended"])
    }

    @Test("of a task that is cancelled already nothing starts")
    func cancelledBefore() async throws {
        let place = try Workplace()
        let turn = Turn(calls: [.insert("new.txt", "x"), .insert("other.txt", "y")])
        let (outcomes, words) = try await withHost(place.deployment()) { host in
            await Task {
                withUnsafeCurrentTask { $0?.cancel() }
                var words: [Int: [String]] = [:]
                let outcomes = await host.run(turn) { events in
                    for await event in events { words[event.place, default: []].append(event.kind.word) }
                }
                return (outcomes + (await host.run(turn)), words)
            }.value
        }
        #expect(outcomes.map(\.kind) == [.cancelled, .cancelled, .cancelled, .cancelled])
        #expect(words == [0: ["ended"], 1: ["ended"]])
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty)
    }

    @Suite("calls that come one by one") struct Streaming {
        @Test("each starts as it comes")
        func streaming() async throws {
            let place = try Workplace()
            let (started, tellStarted) = AsyncStream.makeStream(of: Int.self)
            let outcomes = try await withHost(place.deployment()) { host in
                await host.run(watching: { events in
                    for await event in events {
                        if case .started = event.kind { tellStarted.yield(event.place) }
                    }
                    tellStarted.finish()
                }) { turn in
                    #expect(turn.ingest(.hold("1")) == 0)
                    // The second call is not made before the first one runs.
                    var starts = started.makeAsyncIterator()
                    #expect(await starts.next() == 0)
                    #expect(turn.ingest(.open("2")) == 1)
                }
            }
            #expect(outcomes.map(\.text) == ["held", "opened"])
        }

        struct Broken: Error {}

        @Test("a failure on the way cancels them, and comes out when all have ended")
        func failure() async throws {
            let place = try Workplace()
            let ends = Ends()
            _ = try await withHost(place.deployment()) { host in
                await #expect(throws: Broken.self) {
                    try await host.run(watching: { events in
                        for await event in events {
                            if case .ended(let outcome, _) = event.kind { await ends.add(outcome.kind) }
                        }
                    }) { (turn) throws(Broken) in
                        turn.ingest(.hold("1"))
                        turn.ingest(.hold("1"))
                        throw Broken()
                    }
                }
            }
            let kinds = await ends.kinds
            #expect(kinds.count == 2 && kinds.allSatisfy { $0 == .interrupted || $0 == .cancelled }, "\(kinds)")
        }

        private actor Ends {
            var kinds: [Outcome.Kind] = []
            func add(_ kind: Outcome.Kind) { kinds.append(kind) }
        }

        @Test("when the scope is over no call is taken any more, and that is said")
        func closed() async throws {
            let place = try Workplace()
            try await withHost(place.deployment()) { host in
                var kept: RunningTurn?
                _ = await host.run { kept = $0 }
                let turn = try #require(kept)
                #expect(await turn.outcome(of: turn.ingest(.open("1"))).kind == .refused)
            }
        }
    }

    @Test("an explanation says what would be claimed and who would wait, and changes nothing")
    func explanations() async throws {
        let place = try Workplace(["a.txt": "one\n"])
        try await withHost(place.deployment()) { host in
            let explained = host.explain(
                Turn(calls: [.insert("a.txt", "x"), .read("a.txt"), .insert("b.txt", "y"), .read("../c.txt")]))
            #expect(explained.map(\.call.tool) == ["file_edit_insert", "file_read", "file_edit_insert", "file_read"])
            #expect(explained[0].claims.contains("a.txt (exclusive)"), "\(explained[0].claims)")
            #expect(explained[1].waitsFor.map(\.place) == [0])
            #expect(explained[1].waitsFor.map(\.resource) == ["a.txt"])
            #expect(explained[1].waitsFor.map(\.mode) == [.exclusive])
            #expect(explained[2].waitsFor.isEmpty && explained[2].refusal == nil && !explained[2].isProvisional)
            #expect(explained[3].refusal?.contains("leaves the workspace") == true)
        }
        #expect(try place.text("a.txt") == "one\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["a.txt"])
    }

    @Test("a provider's message becomes a turn, and the outcomes the messages that answer it")
    func messages() async throws {
        let place = try Workplace(["a.txt": "one\n"])
        let message: JSON = [
            "role": "assistant", "content": nil,
            "tool_calls": [
                [
                    "id": "call_1", "type": "function",
                    "function": ["name": "file_read", "arguments": #"{"path": "a.txt"}"#],
                ],
                ["id": "call_2", "type": "function", "function": ["name": "file_read", "arguments": "{"]],
            ],
        ]
        let asked = try MessageParser.parse(message)
        #expect(asked.format == .openai)
        let answers = try await withHost(place.deployment()) { host in
            #expect(ToolDefinitions.json(host.tools, .openai).array?.count == host.tools.count)
            return asked.render(outcomes: await host.run(asked.turn))
        }
        #expect(answers.map { $0["tool_call_id"] } == ["call_1", "call_2"])
        #expect(answers[0]["content"]?.string?.contains("one") == true)
        #expect(answers[1]["content"]?.string?.hasPrefix("refused: ") == true)
        #expect { try MessageParser.parse(Array("{".utf8)) } throws: { ($0 as? MessageFailure)?.code == .notJSON }
    }
}
