import Calls
import Foundation
import HostSupport
import Interlock
import StrictJSON
import Testing

@Suite("What a call says", .timeLimit(.minutes(20)))
struct CallResultTests {
    struct Flood: Sendable {
        var script: String
        var text: String
        var blobs: [Int] = []
        var leftOut: Int
    }

    /// The limit is 10 bytes.
    static let floods: [Flood] = [
        .init(script: "emit 0123456789", text: "0123456789", leftOut: 0),
        .init(script: "emit 0123456789ab", text: "0123456789", leftOut: 2),
        .init(script: "fill 1000000 x", text: "xxxxxxxxxx", leftOut: 999_990),
        .init(script: "emit 01234; emit 56789abc; emit d", text: "0123456789", leftOut: 4),
        // No character is cut apart, and none is put in its place.
        .init(script: "emit 0éééé\u{1F600}", text: "0éééé", leftOut: 4),
        .init(script: "emit 01234567\u{1F600}", text: "01234567", leftOut: 4),
        .init(script: "emit 01234567\u{1F600}; emit 9", text: "01234567", leftOut: 5),
        // A picture that is cut is none; what comes after it may fit.
        .init(script: "blob 11; emit 0123", text: "0123", leftOut: 11),
    ]

    @Test("a flood is cut at the limit, and the cut is marked", arguments: floods)
    func flood(_ flood: Flood) async throws {
        try await withRig(configured: { $0.limits.output = 10 }) { rig in
            let outcome = try #require(await rig.run(.act(flood.script)).first)
            let marker = "\n[\(flood.leftOut) more bytes were left out: a call may emit 10]"
            #expect(outcome.kind == .succeeded)
            #expect(outcome.text == flood.text + (flood.leftOut > 0 ? marker : ""))
            let blobs = outcome.content.compactMap { if case .data(_, let bytes) = $0 { bytes.count } else { nil } }
            #expect(blobs == flood.blobs)
        }
    }

    @Test("a structured result counts once: the first, unless it is too large")
    func result() async throws {
        try await withRig(configured: { $0.limits.output = 20 }) { rig in
            let script = #"try result {"a": "far too much"}; try result {"a": 1}; try result {"a": 2}"#
            let outcome = try #require(await rig.run(.act(script)).first)
            #expect(outcome.text == "-11 0 -8 ")
            #expect(outcome.structured == ["a": 1])
            // What is too large is not even read.
            let unread = try #require(await rig.run(.act("try result [far too much that is no JSON")).first)
            #expect(unread.text == "-11 ")
        }
    }

    @Test("a tool's failure keeps what was said before it")
    func failure() async throws {
        try await withRig { rig in
            let outcomes = await rig.run(.act("emit so far; fail out of luck; emit never"), .act("nonsense"))
            #expect(
                outcomes[0] == Outcome(.failed, content: [.text("so far")], message: "out of luck").under(.advisory))
            #expect(outcomes[1] == Outcome(.failed, message: "there is no such step").under(.advisory))
        }
    }

    @Test("of an internal fault the operator hears the words, and the model only the fact")
    func internalFault() async throws {
        try await withRig { rig in
            let outcome = try #require(await rig.run(.act("fault the secret is lost")).first)
            #expect(outcome.kind == .failed)
            #expect(outcome.message == "act has an internal fault; the operator has been told")
            #expect(rig.log == ["act: failed with an internal fault: the secret is lost"])
        }
    }

    @Test("a write that was not atomic is told though it succeeded")
    func notes() async throws {
        try await withRig(files: ["a": "old"]) { rig in
            try rig.hardLink("b", to: "a")
            let outcome = try #require(await rig.run(.act("write a new", ["writes": ["a"]])).first)
            #expect(outcome.kind == .succeeded)
            #expect(outcome.text == "\n[\"a\" has 2 hard links: it was written in place, which is not atomic]")
            #expect(rig.content("b") == "new")
        }
    }
}

@Suite("What a call touches", .timeLimit(.minutes(20)))
struct CallAccessTests {
    struct Attempt: Sendable {
        var script: String
        var claims: JSON = [:]
        var tool = "act"
        /// What was tried, and on what.
        var words: String
    }

    static let attempts: [Attempt] = [
        .init(script: "write other x", claims: ["writes": ["mine"]], words: "write to \"other\""),
        .init(script: "read other", claims: ["reads": ["mine"]], words: "read \"other\""),
        .init(script: "write mine x", claims: ["reads": ["mine"]], words: "write to \"mine\""),
        .init(script: "write new x", claims: ["overwrites": ["new"]], words: "write to \"new\""),
        .init(script: "copy mine other", claims: ["reads": ["mine", "other"]], words: "write to \"other\""),
        .init(script: "list .", claims: ["reads": ["mine"]], words: "list \".\""),
        .init(script: "read dir/inner", claims: ["lists": ["dir"]], words: "read \"dir/inner\""),
        .init(script: "write dir/../other x", claims: ["writes": ["mine"]], words: "write to \"dir/../other\""),
        .init(script: "read link", claims: ["reads": ["mine"]], words: "read \"link\""),
        // Mislabelled to win parallelism; what it may not do is found out when it does it.
        .init(script: "write mine x", claims: ["reads": ["mine"]], tool: "look", words: "write to \"mine\""),
        // Whatever it makes of the refusal.
        .init(script: "try write other x; emit fine", words: "write to \"other\""),
        .init(script: "try write other x; fail for another reason", words: "write to \"other\""),
    ]

    @Test("an undeclared access ends the call as violated, with its words, and does nothing", arguments: attempts)
    func violated(_ attempt: Attempt) async throws {
        try await withRig(files: ["mine": "old", "other": "secret", "dir/inner": "secret"]) { rig in
            try rig.link("link", to: "other")
            let before = try rig.names()
            let outcome = try #require(await rig.run(.act(attempt.script, attempt.claims, tool: attempt.tool)).first)
            #expect(outcome.kind == .violated)
            #expect(outcome.message.contains("\(attempt.tool) broke its contract: \(attempt.words): "), "\(outcome)")
            #expect(!outcome.text.contains("secret"))
            #expect(rig.content("mine") == "old" && rig.content("other") == "secret")
            #expect(try rig.names() == before)
        }
    }

    @Test("a call that fails on a file that it may touch has only failed")
    func ordinaryFailure() async throws {
        try await withRig { rig in
            let outcome = try #require(await rig.run(.act("read none", ["reads": ["none"]])).first)
            #expect(
                outcome
                    == Outcome(.failed, message: "read \"none\": there is no such file or directory").under(.advisory))
        }
    }

    @Test("a claim can be given back early: who waited for it runs beside the call that had it")
    func release() async throws {
        try await withRig(files: ["f": "old"]) { rig in
            let events = EventLog()
            let outcomes = await rig.run(
                [
                    .act(
                        "write f new; await entered; release 3; await seen; emit done",
                        ["lends": ["f"], "writes": ["g"]]),
                    .act("read f; signal seen", ["reads": ["f"]]),
                    .act("signal entered"),
                ], events)
            #expect(outcomes.map(\.text) == ["done", "new", ""])
            #expect(events.obstacles(of: 1).map(\.place) == [0])
            #expect(events.comes(.released, of: 0, before: .started, of: 1))
        }
    }

    @Test("what was given back is gone, the rest is not, and only what is releasable can be given back")
    func afterRelease() async throws {
        try await withRig(files: ["f": "old", "g": "old"]) { rig in
            let claims: JSON = ["lends": ["f"], "writes": ["g"]]
            let outcomes = await rig.run(
                .act("release 3; try release 3; write g new; write f late", claims),
                .act("try release 1; try release 99", claims))
            #expect(outcomes.map(\.kind) == [.violated, .succeeded])
            #expect(outcomes.map(\.text) == ["0 ", "-2 -2 "])
            #expect(rig.content("f") == "old")
            #expect(rig.content("g") == "new")
        }
    }

    @Test("whatever a thread of the plugin does when its call has ended is STALE, and changes nothing")
    func late() async throws {
        try await withRig(files: ["f": "old"]) { rig in
            let events = EventLog()
            let steps = [
                "emit x", "result {}", "fail x", "say x", "read f", "write f x", "list .", "release 3", "name 9",
                "enroll x", "unenroll x",
            ]
            let claims: JSON = ["lends": ["f"], "lists": ["."], "name": "n"]
            let script = steps.map { "late go \($0); " }.joined() + "emit done"
            let first = await rig.run([.act(script, claims)], events)
            await rig.signal("go")
            // In the plugin's next call, for which the late words must not count either.
            let second = await rig.run(.act("join", claims))
            let expected = steps.map { $0.hasPrefix("fail") ? "-1 " : "-6 " }.reversed().joined()
            #expect(second == [Outcome(.succeeded, content: [.text(expected)]).under(.advisory)])
            #expect(first == [Outcome(.succeeded, content: [.text("done")]).under(.advisory)])
            #expect(events.steps(of: 0) == [.ingested, .granted, .started, .ended])
            #expect(rig.content("f") == "old")
        }
    }
}

@Suite("Where the workspace is")
struct RootsTests {
    @Test("a call learns the real paths of all roots, the workspace first, however the operator wrote them")
    func roots() async throws {
        try await withRig { rig in
            let link = rig.workspace + ".link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: rig.workspace)
            var deployment = rig.host.deployment
            deployment.workspace = link
            let host = try Host(deployment) { _, _ in }
            defer { host.shutDown() }
            let outcome = await host.run(Turn(calls: [.act("roots")]))[0]
            #expect(outcome.text == "workspace\n\(rig.workspace)\nbeside\n\(rig.beside)\n", "\(outcome)")
        }
    }
}

@Suite("What a plugin has registered", .timeLimit(.minutes(20)))
struct RegisteredThingsTests {
    @Test("is its own: another plugin cannot end it, and hears that there is no such thing")
    func owner() async throws {
        try await withRig { rig in
            let outcomes = await rig.run(
                Call("lease_take", ["wish": "x"]), .act("try unenroll lease/x"), Call("lease_list", [:]),
                .act("enroll lease/y"), Call("lease_end", ["name": "y"]), Call("lease_end", ["name": "x"]))
            #expect(outcomes.map(\.kind) == [.succeeded, .succeeded, .succeeded, .succeeded, .failed, .succeeded])
            #expect(outcomes[1].text == "-7 ")
            #expect(outcomes[2].text.contains("x"))
        }
    }

    @Test("is not without bound; what is ended makes room again, and other plugins have their own")
    func bound() async throws {
        try await withRig { rig in
            let crowd = try #require(
                await rig.run(.act("crowd 1000; try enroll lease/more; try unenroll crowd/0; try enroll lease/more"))
                    .first)
            #expect(crowd.text == "-11 0 0 ", "\(crowd)")
            // They outlive the call.
            let outcomes = await rig.run(.act("try enroll lease/yet_another"), Call("lease_take", ["wish": "x"]))
            #expect(outcomes.map(\.kind) == [.succeeded, .succeeded])
            #expect(outcomes[0].text == "-11 ")
        }
    }

    @Test("has no long names")
    func length() async throws {
        try await withRig { rig in
            let outcome = try #require(
                await rig.run(.act("try enroll lease/\(String(repeating: "x", count: 4097))")).first)
            #expect(outcome.text == "-2 ")
        }
    }
}
