import Calls
import HostSupport
import Interlock
import Testing

/// The two turns in which an earlier sibling changes what a later one's path means, on the real files plugin. The first call
/// really runs, and stands still, when the others come in.
@Suite("An earlier sibling may change what a path means", .timeLimit(.minutes(20)))
struct NamedTurns {
    @Test("c1 makes link -> x, c2 writes link/f, c3 writes x/f: c2 lands before c3")
    func link() async throws {
        for _ in 0..<30 {
            try await withRig(files: ["x/other": ""]) { rig in
                try rig.link("spare", to: "x")
                let events = EventLog(stopping: [0])
                let turn = rig.begin(events)
                try await events.enter(Call("file_move", ["source": "spare", "destination": "link"]), turn, at: 0)
                try await events.wait(for: .started, of: 0)
                turn.ingest(Call("file_write", ["path": "link/f", "content": "c2"]))
                turn.ingest(Call("file_write", ["path": "x/f", "content": "c3"]))
                #expect(events.obstacles(of: 1).map(\.place) == [0])
                // Already now it is known that c3 comes behind c2, whose path means something else as yet.
                #expect(events.obstacles(of: 2).map(\.place).contains(1))
                events.letGo()
                let outcomes = await turn.outcomes()
                #expect(outcomes.map(\.kind) == [.succeeded, .succeeded, .succeeded])
                #expect(outcomes.dropFirst().map { $0.structured?["created"] } == [true, false])
                #expect(events.has(.narrowed, of: 1))
                #expect(events.comes(.ended, of: 1, before: .started, of: 2))
                #expect(rig.content("x/f") == "c3")
                #expect(try rig.names() == ["link", "x", "x/f", "x/other"])
            }
        }
    }

    @Test("c0 removes f, c1 writes f, c2 lists the directory: it shows the new f", arguments: ["dir/f", "f"])
    func list(path: String) async throws {
        for _ in 0..<30 {
            try await withRig(files: ["dir/other": "", "dir/f": "old", "f": "old"]) { rig in
                let events = EventLog(stopping: [0])
                let turn = rig.begin(events)
                try await events.enter(Call("file_remove", ["path": .string(path)]), turn, at: 0)
                try await events.wait(for: .started, of: 0)
                turn.ingest(Call("file_write", ["path": .string(path), "content": "new"]))
                turn.ingest(Call("file_list", ["path": path == "f" ? "." : "dir"]))
                #expect(events.obstacles(of: 1).map(\.place) == [0])
                #expect(events.obstacles(of: 2).map(\.place).contains(0))
                events.letGo()
                let outcomes = await turn.outcomes()
                #expect(outcomes.map(\.kind) == [.succeeded, .succeeded, .succeeded])
                #expect(outcomes[1].structured?["created"] == true)
                #expect(events.comes(.ended, of: 1, before: .started, of: 2))
                #expect(outcomes[2].text == (path == "f" ? "dir/\nf\n" : "f\nother\n"))
                #expect(rig.content(path) == "new")
            }
        }
    }
}
