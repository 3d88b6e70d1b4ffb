import Calls
import Foundation
import HostSupport
import Interlock
import StrictJSON
import System
import Testing

/// What went wrong when sibling calls of a coding agent were first run in parallel: cases 1 to 12. Where the case was about
/// another kind of document, a file stands for it here.
@Suite("Cases 1 to 12: a history of races", .timeLimit(.minutes(20)))
struct FoundingCases {
    private static func lines(_ numbers: Range<Int>) -> String { numbers.map { "\($0)\n" }.joined() }

    @Test("case 1: inserts into one missing file all survive, in the turn's order", arguments: [(2, 50), (100, 2)])
    func insertsIntoMissingFile(siblings: Int, rounds: Int) async throws {
        try await withRig { rig in
            for round in 0..<rounds {
                let path = "new-\(round)/f"
                let calls = (0..<siblings).map { place in
                    Call("file_edit_insert", ["path": .string(path), "content": .string("\(place)\n")])
                }
                let outcomes = await rig.run(calls)
                #expect(outcomes.allSatisfy { $0.kind == .succeeded })
                #expect(
                    outcomes.map { $0.structured?["created"] } == [true] + Array(repeating: false, count: siblings - 1))
                #expect(rig.content(path) == Self.lines(0..<siblings))
            }
        }
    }

    @Test("case 2: starts with one display name get names of their own, in the turn's order")
    func names() async throws {
        try await withRig { rig in
            for round in 0..<50 {
                // None ends before the last has begun.
                let outcomes = await rig.run(
                    (1...20).map { number in
                        .act("name 9; \(number < 20 ? "await" : "signal") all-\(round)", ["name": "build"])
                    })
                #expect(outcomes.map(\.text) == ["build"] + (2...20).map { "build-\($0)" })
            }
            // The real plugin, whose leases outlive their calls.
            let calls = (0..<8).map { _ in Call("lease_take", ["wish": "build"]) } + [Call("lease_list", [:])]
            let outcomes = await rig.run(calls)
            let taken = ["build"] + (2...8).map { "build-\($0)" }
            #expect(outcomes.dropLast().map(\.text) == taken)
            #expect(outcomes.last?.text == taken.map { $0 + "\n" }.joined())
        }
    }

    @Test("case 2: a name is free again on every road on which a start can fail")
    func namesAreFreed() async throws {
        try await withRig(configured: {
            var impatient = Deployment.ToolSettings()
            impatient.timeLimit = .milliseconds(20)
            $0.tools["act_otherwise"] = impatient
            $0.limits.grace = .milliseconds(20)
        }) { rig in
            let name: JSON = ["name": "build"]
            let roads: [(Call, Outcome.Kind)] = [
                (.act("fail no such program", name), .failed), (.act("fault lost", name), .failed),
                (.act("write undeclared x", name), .violated),
                (.act("await never", name, tool: "act_otherwise"), .timedOut),
                (.act("emit x", ["name": "build", "units": 3]), .refused),
                (.act("emit x", ["name": "build", "writes": ["../x"]]), .refused),
            ]
            for (call, kind) in roads {
                #expect(await rig.run(call).map(\.kind) == [kind])
                #expect(await rig.run(.act("name 9", name)).map(\.text) == ["build"])
            }
            // What was registered holds its name, and an abandoned start does as long as it may still run.
            #expect(await rig.run(.act("enroll it", name)).map(\.kind) == [.succeeded])
            #expect(await rig.run(.act("insist end", name, tool: "act_otherwise")).map(\.kind) == [.timedOut])
            #expect(await rig.run(.act("unenroll it; name 9", name)).map(\.text) == ["build-3"])
            #expect(await rig.run(.act("name 9", name)).map(\.text) == ["build"])
            await rig.signal("end")
        }
    }

    @Test("case 3: disjoint changes of one document are all in it")
    func disjointChanges() async throws {
        let members = (0..<100).map { "\"key\($0)\": 0" }
        try await withRig(files: ["config.json": "{\n\(members.joined(separator: ",\n"))\n}\n"]) { rig in
            let outcomes = await rig.run(
                (0..<100).map { key in
                    Call(
                        "file_edit_replace_string",
                        [
                            "path": "config.json", "old_string": .string("\"key\(key)\": 0"),
                            "new_string": .string("\"key\(key)\": \(key + 1)"),
                        ])
                })
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
            let document = try JSONParser.parse(try #require(rig.content("config.json")))
            #expect((0..<100).map { document["key\($0)"] } == (1...100).map { JSON.number(JSONNumber($0)) })
        }
    }

    @Test("case 4: two plugins that write one file, by whatever name, have one lock on it")
    func oneLockForAFile() async throws {
        try await withRig(files: ["dir/doc": ""]) { rig in
            try rig.link("link", to: "dir")
            try rig.hardLink("twin", to: "dir/doc")
            let spellings = [
                "dir/doc", "./dir//doc", "dir/../dir/doc", "link/doc", "twin", rig.workspace + "/dir/doc",
                rig.workspace + "/link/../twin",
            ]
            let outcomes = await rig.run(
                (0..<84).map { place in
                    let path = spellings[place % spellings.count]
                    return place / spellings.count % 2 == 0
                        ? .act("append \(path) \(place)", ["writes": [.string(path)]])
                        : Call("file_edit_insert", ["path": .string(path), "content": .string("\(place)\n")])
                })
            #expect(outcomes.allSatisfy { $0.kind == .succeeded }, "\(outcomes)")
            #expect(rig.content("dir/doc") == Self.lines(0..<84))
            #expect(rig.content("twin") == Self.lines(0..<84))
        }
    }

    @Test("case 5: of several documents that one call changes, each is read inside the claim")
    func severalDocuments() async throws {
        let names = ["main", "providers", "secrets"]
        try await withRig { rig in
            let outcomes = await rig.run(
                (0..<60).map { place in
                    let (first, second) = (names[place % 3], names[(place + 1 + place / 3 % 2) % 3])
                    return .act(
                        "append \(first) \(place); append \(second) \(place)",
                        ["writes": [.string(first), .string(second)]])
                })
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
            for (index, name) in names.enumerated() {
                let expected = (0..<60).filter { $0 % 3 == index || ($0 + 1 + $0 / 3 % 2) % 3 == index }
                #expect(rig.content(name) == expected.map { "\($0)\n" }.joined())
            }
        }
    }

    @Test("case 6: what a call decides, it decides on what is there when it writes")
    func checkThenAct() async throws {
        try await withRig(files: ["version": "version = 0;\n"]) { rig in
            // Each only finds what it replaces when the one before it has written.
            let steps = (0..<50).map { step in
                Call(
                    "file_edit_replace_string",
                    [
                        "path": "version", "old_string": .string("= \(step);"), "new_string": .string("= \(step + 1);"),
                    ])
            }
            let creations = (0..<50).map { place in
                Call("file_write", ["path": "once", "content": .string("\(place)")])
            }
            let outcomes = await rig.run(zip(steps, creations).flatMap { [$0, $1] })
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
            #expect(rig.content("version") == "version = 50;\n")
            #expect(outcomes.filter { $0.structured?["created"] == true }.count == 1)
            #expect(outcomes[1].structured?["created"] == true)
            #expect(rig.content("once") == "49")
        }
    }

    @Test("case 7: in a turn that is aborted no queued change is made")
    func abortedTurn() async throws {
        try await withRig(files: ["config": "old"]) { rig in
            for _ in 0..<50 {
                let events = EventLog()
                let turn = rig.begin(events)
                turn.ingest(.act("say here; await never", ["reads": ["config"]]))
                for _ in 0..<5 { turn.ingest(Call("file_write", ["path": "config", "content": "new"])) }
                turn.ingest(Call("file_write", ["path": "made", "content": "new"]))
                turn.ingest(Call("file_read", ["path": "made"]))
                try await events.wait(for: .progress, of: 0)
                try await events.wait(for: .ended, of: 7)
                turn.cancel()
                let kinds = await turn.outcomes().map(\.kind)
                #expect(kinds == [.interrupted] + Array(repeating: .cancelled, count: 5) + [.succeeded, .succeeded])
            }
            #expect(rig.content("config") == "old")
        }
    }

    @Test("case 8: a sub-agent in a fork claims the checkout for reading, one in a shared checkout for writing")
    func claimsByArgument() async throws {
        try await withRig(files: ["a": "old"]) { rig in
            for mode in ["forked", "shared"] {
                let events = EventLog()
                let turn = rig.begin(events)
                turn.ingest(.act("say here; await \(mode)", ["mode": .string(mode)], tool: "agent"))
                turn.ingest(Call("file_read", ["path": "a"]))
                turn.ingest(Call("file_write", ["path": "a", "content": "new"]))
                if mode == "forked" { try await events.wait(for: .ended, of: 1) }
                #expect(events.has(.started, of: 1) == (mode == "forked"))
                #expect(!events.has(.started, of: 2))
                await rig.signal(mode)
                #expect(await turn.outcomes().map(\.kind) == [.succeeded, .succeeded, .succeeded])
            }
        }
    }

    @Test("case 8: a fork never sees a sibling's change by halves")
    func forks() async throws {
        try await withRig(files: ["a": "", "b": ""]) { rig in
            let calls = (0..<50).flatMap { round -> [Call] in
                let fork = rig.beside + "/\(round)"
                return [
                    .act("write a \(round); pause; write b \(round)", ["writes": ["a", "b"]]),
                    .act(
                        "copy a \(fork)/a; pause; copy b \(fork)/b; release 0; pause",
                        ["mode": "forked", "trees": [.string(fork)]], tool: "agent"),
                ]
            }
            #expect(await rig.run(calls).allSatisfy { $0.kind == .succeeded })
            for round in 0..<50 {
                let halves = ["a", "b"].map { FileManager.default.contents(atPath: rig.beside + "/\(round)/\($0)") }
                #expect(halves == [Data("\(round)".utf8), Data("\(round)".utf8)])
            }
        }
    }

    @Test("case 9: when the fork is made edits go on, while the sub-agent runs")
    func earlyRelease() async throws {
        try await withRig(files: ["a": "old"]) { rig in
            let fork = rig.beside + "/fork"
            let outcomes = await rig.run(
                .act(
                    "copy a \(fork)/a; release 0; await edited; emit done",
                    ["mode": "forked", "trees": [.string(fork)]], tool: "agent"),
                .act("write a new; signal edited", ["writes": ["a"]]))
            #expect(outcomes.map(\.kind) == [.succeeded, .succeeded])
            #expect(FileManager.default.contents(atPath: fork + "/a") == Data("old".utf8))
            #expect(rig.content("a") == "new")
        }
    }

    @Test("case 10: of whole overwrites the last in the turn's order wins, and readers see those in between")
    func overwrites() async throws {
        func content(_ place: Int) -> String { String(repeating: "\(place % 10)", count: 40_000 + place) }
        try await withRig(files: ["f": content(0)]) { rig in
            let calls = (1...100).flatMap { place in
                [
                    Call("file_write", ["path": "f", "content": .string(content(place))]),
                    Call("file_read", ["path": "f"]),
                ]
            }
            let outcomes = await rig.run(calls)
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
            for place in 1...100 { #expect(outcomes[2 * place - 1].text == content(place)) }
            #expect(rig.content("f") == content(100))
        }
    }

    @Test("case 10: who takes no claims sees one content or another, never one that is torn")
    func torn() async throws {
        let size = 1 << 20
        try await withRig(files: ["f": String(repeating: "0", count: size)]) { rig in
            let isOver = Guarded(false)
            let (looks, look) = AsyncStream.makeStream(of: Bool.self)
            Thread.detachNewThread {
                while !isOver.withLock({ $0 }) {
                    let bytes = FileManager.default.contents(atPath: rig.workspace + "/f") ?? Data()
                    look.yield(bytes.count == size && bytes.dropFirst() == bytes.dropLast())
                }
                look.finish()
            }
            let outcomes = await rig.run(
                (1...100).map { place in
                    .act(
                        "repeat f \(size / 1024) \(String(repeating: "\(place % 10)", count: 1024))", ["writes": ["f"]])
                })
            isOver.withLock { $0 = true }
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
            for await isWhole in looks { #expect(isWhole) }
        }
    }

    @Test("case 12: two agents that write one file by different names exclude each other")
    func twoAgents() async throws {
        try await withRig(files: ["dir/f": ""]) { rig in
            try rig.link("link", to: "dir")
            func agent(_ name: String, _ path: String) -> [Call] {
                (0..<50).map { .act("append \(path) \(name)\($0)", ["writes": [.string(path)]]) }
            }
            async let first = rig.run(agent("a", "dir/f"))
            async let second = rig.run(agent("b", "link/f"))
            #expect(await (first + second).allSatisfy { $0.kind == .succeeded })
            let lines = try #require(rig.content("dir/f")).split(separator: "\n").map(String.init)
            #expect(lines.count == 100)
            for name in ["a", "b"] { #expect(lines.filter { $0.hasPrefix(name) } == (0..<50).map { "\(name)\($0)" }) }
        }
    }
}
