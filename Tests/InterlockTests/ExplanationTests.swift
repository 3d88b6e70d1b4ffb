import Calls
import HostSupport
import StrictJSON
import Testing

@testable import Interlock

@Suite("A dry run says what really happens", .timeLimit(.minutes(20)))
struct ExplanationTests {
    private static let files: KeyValuePairs = [
        "src/a": "a", "src/b": "b", "src/deep/c": "c", "doc": "doc", "old/f": "f",
    ]

    /// Calls that get into each other's way in every sort of manner.
    private static let turn: [Call] = [
        Call("file_read", ["path": "src/a"]),
        Call("file_write", ["path": "src/a", "content": "new"]),
        Call("file_search", ["pattern": "x", "path": "src"]),
        Call("file_write", ["path": "fresh/x", "content": "x"]),
        Call("file_write", ["path": "fresh/y", "content": "y"]),
        Call("file_list", ["path": "fresh"]),
        Call("file_move", ["source": "old", "destination": "src/deep/old"]),
        Call("file_read", ["path": "old/f"]),
        Call("file_read", ["path": "src/deep/old/f"]),
        Call("file_edit_insert", ["path": "link/b", "content": "more"]),
        Call("file_remove", ["path": "link"]),
        Call("file_write", ["path": "link/z", "content": "z"]),
        Call("file_edit_replace_string", ["path": "twin", "old_string": "doc", "new_string": "x"]),
        Call("file_read", ["path": "doc"]),
        Call("file_read", ["path": "../out"]),
        Call("file_rread", ["path": "doc"]),
        Call("lease_take", ["wish": "gpu"]),
        Call("lease_list", [:]),
        .act("emit x", ["units": 2]),
        .act("emit x", ["units": 1, "keys": ["k"]]),
        .act("emit x", ["units": 3]),
        .act("emit x", tool: "undeclared"),
        Call("file_list", ["path": ".", "recursive": true]),
        .act("emit x", ["keys": ["k"]], tool: "one_at_a_time"),
        .act("emit x", tool: "one_at_a_time"),
        .act("emit x", tool: "browser_open"),
        .act("emit x", tool: "browser_click"),
    ]

    /// A line for each call: how it would fare, or did.
    private static func line(_ place: Int, waitsFor: [String], refusal: String?, isProvisional: Bool) -> String {
        let fate = refusal ?? (waitsFor.isEmpty ? "runs" : "waits for \(waitsFor.joined(separator: ", "))")
        return "\(place): \(fate)\(isProvisional ? ", and looks again" : "")"
    }

    @Test("whom each call waits for and on what, who is refused and who looks again")
    func explanation() async throws {
        try await withRig(files: Self.files) { rig in
            try rig.link("link", to: "src")
            try rig.hardLink("twin", to: "doc")
            let explained = rig.host.explain(Turn(calls: Self.turn)).enumerated().map { place, call in
                Self.line(
                    place, waitsFor: call.waitsFor.map { "\($0.place) \($0.resource) \($0.mode)" },
                    refusal: call.refusal,
                    isProvisional: call.isProvisional)
            }
            // Every call that starts stops there, so that the later ones meet it.
            let events = EventLog(stopping: Set(Self.turn.indices))
            let turn = rig.begin(events)
            for (place, call) in Self.turn.enumerated() { try await events.enter(call, turn, at: place) }
            let obstacles = Self.turn.indices.map { place in
                events.obstacles(of: place).map { "\($0.place ?? -1) \($0.resource) \($0.mode)" }
            }
            events.letGo()
            let outcomes = await turn.outcomes()
            let happened = Self.turn.indices.map { place in
                let isRefused = outcomes[place].kind == .refused
                let isEntered = events.has(.ingested, of: place)
                return Self.line(
                    place, waitsFor: obstacles[place], refusal: isEntered ? nil : outcomes[place].message,
                    isProvisional: events.has(.narrowed, of: place) || isEntered && isRefused)
            }
            #expect(explained == happened)
            // The turn is worth its name.
            #expect(explained.filter { $0.contains("waits for") }.count > 10)
            #expect(explained.filter { $0.contains("looks again") }.count > 1)
            #expect(outcomes.filter { $0.kind == .refused }.count == 3)
        }
    }

    @Test("it starts nothing and changes nothing")
    func harmless() async throws {
        try await withRig(files: Self.files) { rig in
            let before = try rig.names()
            let turn = Turn(calls: [
                .act("write fresh x; signal started", ["writes": ["fresh"], "name": "n", "units": 2]),
                Call("file_remove", ["path": "src", "recursive": true]),
            ])
            for _ in 0..<3 { #expect(rig.host.explain(turn).allSatisfy { $0.refusal == nil && $0.waitsFor.isEmpty }) }
            #expect(try rig.names() == before)
            let outcomes = await rig.run(.act("name 9", ["name": "n", "units": 2]))
            #expect(outcomes.map(\.text) == ["n"])
        }
    }

    @Test("claims are said in words")
    func words() async throws {
        try await withRig(files: Self.files) { rig in
            let turn = Turn(calls: [
                Call("file_read", ["path": "doc"]), Call("file_write", ["path": "new", "content": ""]),
                Call("file_list", ["path": "src"]), Call("file_search", ["pattern": "x"]),
                .act("", ["units": 2, "name": "n"]), .act("", tool: "undeclared"),
            ])
            let claims = rig.host.explain(turn).map { $0.claims.joined(separator: ", ") }
            #expect(
                claims == [
                    "doc (shared)", "the name new and all that is there (exclusive)",
                    "the names in src (shared)",
                    "the workspace and everything below it (shared)",
                    "2 of pool slots, a unique name of kind process, \"n\"", "every file (exclusive)",
                ])
        }
    }
}
