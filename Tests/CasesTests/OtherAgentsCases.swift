import Calls
import HostSupport
import Interlock
import StrictJSON
import Testing

/// Reports from the issue trackers of other agents. Those that need a shell, a worker or a second process are elsewhere.
@Suite("Cases 13 to 24: what others ran into", .timeLimit(.minutes(20)))
struct OtherAgentsCases {
    private static func replace(_ path: String, _ old: String, _ new: String) -> Call {
        Call(
            "file_edit_replace_string",
            ["path": .string(path), "old_string": .string(old), "new_string": .string(new)])
    }

    @Test("case 13: two edits of one file both survive")
    func twoEdits() async throws {
        let before = (1...100).map { "\($0)\n" }.joined()
        let after = before.replacing("\n50\n", with: "\nFIFTY\n").replacing("\n75\n", with: "\nSEVENTY-FIVE\n")
        try await withRig { rig in
            for _ in 0..<50 {
                try rig.write(before, to: "f")
                let outcomes = await rig.run(
                    Self.replace("f", "\n50\n", "\nFIFTY\n"), Self.replace("f", "\n75\n", "\nSEVENTY-FIVE\n"))
                #expect(outcomes.map(\.kind) == [.succeeded, .succeeded])
                #expect(rig.content("f") == after)
            }
        }
    }

    @Test("case 13: a hundred edits that change its length all survive, and no word is cut")
    func hundredEdits() async throws {
        try await withRig(files: ["f": (0..<100).map { "<\($0)>" }.joined(separator: " ")]) { rig in
            func word(_ place: Int) -> String { String(repeating: "w\(place)", count: place % 7) }
            let outcomes = await rig.run((0..<100).map { Self.replace("f", "<\($0)>", "[\(word($0))]") })
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
            #expect(rig.content("f") == (0..<100).map { "[\(word($0))]" }.joined(separator: " "))
        }
    }

    @Test("case 14: a list behind a write shows the new file, and nothing that comes later")
    func listAfterWrite() async throws {
        try await withRig { rig in
            let names = (0..<50).map { "\(100 + $0).md" }
            let outcomes = await rig.run(
                names.flatMap { name in
                    [
                        Call("file_write", ["path": .string("plans/\(name)"), "content": "plan"]),
                        Call("file_list", ["path": "plans"]),
                    ]
                })
            for place in names.indices {
                #expect(outcomes[2 * place + 1].text == names[...place].map { $0 + "\n" }.joined())
            }
        }
    }

    @Test("case 15: calls that share an index take turns, though they have no file in common")
    func sharedIndex() async throws {
        try await withRig { rig in
            let outcomes = await rig.run(
                (0..<100).map { place in
                    .act(
                        "alone index", ["keys": ["index"], "writes": [.string("\(place)")]],
                        tool: place % 2 == 0 ? "act" : "act_otherwise")
                })
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
        }
    }

    @Test("case 16: however a call ends, its siblings are not cancelled, those of the same file neither")
    func failureIsTheCallsOwn() async throws {
        try await withRig(
            files: ["a": "old", "b": "old"],
            configured: {
                var impatient = Deployment.ToolSettings()
                impatient.timeLimit = .milliseconds(20)
                $0.tools["act_otherwise"] = impatient
            }
        ) { rig in
            let bad: [Call] = [
                Self.replace("a", "no such text", "new"), Call("file_edit", [:]), Call("file_read", ["path": "../x"]),
                .act("write b x", ["writes": ["a"]]), .act("fault lost", ["writes": ["a"]]),
                .act("await never", ["writes": ["a"]], tool: "act_otherwise"),
            ]
            let good = (0..<26).map { Self.replace($0 % 2 == 0 ? "a" : "b", "old", "old\($0)") }
            let outcomes = await rig.run(Array(good.prefix(13)) + bad + good.suffix(13))
            #expect(
                outcomes[13..<19].map(\.kind) == [.failed, .refused, .refused, .violated, .failed, .timedOut])
            #expect((outcomes[..<13] + outcomes[19...]).allSatisfy { $0.kind == .succeeded })
            #expect(rig.content("b") == "old" + (0..<26).filter { $0 % 2 == 1 }.reversed().map(String.init).joined())
        }
    }

    @Test("case 17: sequential tools of different names do not overlap, when they share what is sequential")
    func sequentialTools() async throws {
        try await withRig { rig in
            let tools = ["browser_open", "browser_click"]
            let outcomes = await rig.run((0..<100).map { .act("alone page", tool: tools[$0 % 2]) })
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
            // A tool that is not re-entrant is alone with itself, and with nobody else.
            let own = await rig.run((0..<100).map { _ in .act("alone tool", tool: "one_at_a_time") })
            #expect(own.allSatisfy { $0.kind == .succeeded })
            let beside = await rig.run(
                .act("signal 1; await 2", tool: "one_at_a_time"), .act("signal 2; await 1", tool: "browser_open"))
            #expect(beside.allSatisfy { $0.kind == .succeeded })
        }
    }

    @Test("case 18: calls of one plugin, and of one tool, run at once")
    func onePlugin() async throws {
        try await withRig(files: ["a": "a", "b": "b"]) { rig in
            let scripted = await rig.run(
                .act("signal 1; await 2; await 3"), .act("signal 2; await 1; await 3"),
                .act("signal 3; await 1; await 2", tool: "act_otherwise"))
            #expect(scripted.allSatisfy { $0.kind == .succeeded })
            // The real plugin: the first stands still, and the second ends.
            let events = EventLog(stopping: [0])
            let turn = rig.begin(events)
            try await events.enter(Call("file_read", ["path": "a"]), turn, at: 0)
            try await events.wait(for: .started, of: 0)
            turn.ingest(Call("file_read", ["path": "b"]))
            #expect(await turn.outcome(of: 1).text == "b")
            events.letGo()
            #expect(await turn.outcome(of: 0).text == "a")
        }
    }

    @Test("case 19: results of searches that run at once are not swapped, and come in the turn's order")
    func searches() async throws {
        try await withRig { rig in
            for place in 0..<40 { try rig.write("needle-\(place)-end\n", to: "dir/\(place)") }
            let outcomes = await rig.run((0..<40).map { Call("file_search", ["pattern": .string("needle-\($0)-end")]) })
            for (place, outcome) in outcomes.enumerated() {
                #expect(outcome.text == "dir/\(place):1: needle-\(place)-end\n")
            }
        }
    }

    @Test("case 20: a tool that is mislabelled as read-only is caught when it writes, and harms nobody beside it")
    func mislabelled() async throws {
        try await withRig(files: ["f": "old"]) { rig in
            let outcomes = await rig.run(
                .act("signal 1; await 2; write f new; emit fine", ["reads": ["f"]], tool: "look"),
                .act("signal 2; await 1; read f", ["reads": ["f"]]))
            #expect(outcomes.map(\.kind) == [.violated, .succeeded])
            let words = "look broke its contract: write to \"f\": the call did not claim it for writing."
            #expect(outcomes[0].message == words + " The call claims f (shared).")
            #expect(outcomes[1].text == "old")
            #expect(rig.content("f") == "old")
        }
    }

    @Test("case 22: one call that waits for somebody does not keep up those that need nothing of it")
    func oneWaits() async throws {
        try await withRig(files: ["held": "old", "free": "text"]) { rig in
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("say here; await approval; write held new", ["writes": ["held"]]))
            try await events.wait(for: .progress, of: 0)
            for _ in 0..<50 { turn.ingest(Call("file_read", ["path": "free"])) }
            turn.ingest(Call("file_read", ["path": "held"]))
            for place in 1...50 { #expect(await turn.outcome(of: place).text == "text") }
            #expect(!events.has(.started, of: 51))
            await rig.signal("approval")
            #expect(await turn.outcome(of: 51).text == "new")
        }
    }

    @Test("case 24: nothing lies in the workspace but the files themselves, neither locks nor leftovers")
    func noLockFiles() async throws {
        try await withRig { rig in
            let calls = (0..<60).flatMap { place -> [Call] in
                let path = JSON.string("dir/\(place % 20)")
                return [
                    Call("file_edit_insert", ["path": path, "content": "x\n"]),
                    .act("append dir/\(place % 20) x; fail", ["writes": [path]]),
                    .act("append dir/\(place % 20) x; write elsewhere x", ["writes": [path]]),
                ]
            }
            _ = await rig.run(calls)
            let left = try rig.names()
            #expect(Set(left) == Set(["dir"] + (0..<20).map { "dir/\($0)" }))
        }
    }
}
