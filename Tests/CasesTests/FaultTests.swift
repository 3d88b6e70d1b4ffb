import Calls
import Foundation
import HostSupport
import Interlock
import StrictJSON
import TestSupport
import Testing

/// Faults that need no worker, at the level of the host. What one room can show alone is tested there: faulty arguments by
/// StrictJSON, bad plugins by Loading, failing system calls and swapped links by Workspace, patterns by JSONSchema.
@Suite("Faults", .timeLimit(.minutes(20)))
struct FaultTests {
    @Test(
        "a path that leads out is refused, to readers and writers, however it is spelled",
        arguments: [
            "/etc/passwd", "../outside", "dir/../../outside", "out/passwd", "last", "/proc/self/fd/0", "/proc/self/cwd",
            "loop/x", "", "dir/\u{0}f", "/",
        ])
    func escapes(_ path: String) async throws {
        try await withRig(files: ["dir/f": "text"]) { rig in
            try rig.link("out", to: "/etc")
            try rig.link("last", to: "/etc/passwd")
            try rig.link("loop", to: "loop")
            let before = try rig.names()
            // A link's own name is inside, wherever it leads, and may be removed or replaced.
            let rebinding: [Call] =
                path == "last"
                ? []
                : [
                    Call("file_remove", ["path": .string(path)]),
                    Call("file_move", ["source": "dir/f", "destination": .string(path)]),
                ]
            let path = JSON.string(path)
            let outcomes = await rig.run(
                [
                    Call("file_read", ["path": path]), Call("file_write", ["path": path, "content": "x"]),
                    Call("file_search", ["pattern": "root", "path": path]), Call("file_list", ["path": path]),
                ] + rebinding)
            for (place, outcome) in outcomes.enumerated() {
                #expect([.refused, .failed].contains(outcome.kind), "\(place): \(outcome)")
                #expect(outcome.content.isEmpty && !outcome.message.isEmpty)
            }
            #expect(try rig.names() == before)
            #expect(rig.content("dir/f") == "text")
        }
    }

    @Test("one lock where the file system has one file: hard links and links wait for each other")
    func oneFile() async throws {
        try await withRig(files: ["f": "old"]) { rig in
            try rig.hardLink("twin", to: "f")
            try rig.link("link", to: "f")
            let events = EventLog()
            let turn = rig.begin(events)
            turn.ingest(.act("await go; write f new", ["writes": ["f"]]))
            turn.ingest(.act("read twin", ["reads": ["twin"]]))
            turn.ingest(.act("read link", ["reads": ["link"]]))
            turn.ingest(Call("file_search", ["pattern": "new", "path": "twin"]))
            for place in 1...3 { #expect(!events.obstacles(of: place).isEmpty, "\(place)") }
            await rig.signal("go")
            #expect(await turn.outcomes().dropFirst().map(\.text) == ["new", "new", "twin:1: new\n"])
        }
    }

    @Test("two locks where it has two: names that only look alike run at once")
    func twoFiles() async throws {
        try await withRig { rig in
            let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
            let outcomes = await rig.run(
                .act("signal 1; await 2; write \(composed) 1", ["writes": [.string(composed)]]),
                .act("signal 2; await 1; write \(decomposed) 2", ["writes": [.string(decomposed)]]),
                Call("file_read", ["path": .string(composed)]), Call("file_read", ["path": .string(decomposed)]))
            #expect(outcomes.map(\.kind) == [.succeeded, .succeeded, .succeeded, .succeeded])
            #expect(outcomes.suffix(2).map(\.text) == ["1", "2"])
        }
    }

    @Test("a directory that is moved while something in it is written: in the turn's order, both ways")
    func movedDirectory() async throws {
        try await withRig(files: ["dir/f": "old", "other/f": "old"]) { rig in
            let events = EventLog(stopping: [0, 3])
            let turn = rig.begin(events)
            try await events.enter(Call("file_write", ["path": "dir/f", "content": "new"]), turn, at: 0)
            turn.ingest(Call("file_move", ["source": "dir", "destination": "moved"]))
            turn.ingest(Call("file_read", ["path": "moved/f"]))
            try await events.enter(Call("file_move", ["source": "other", "destination": "away"]), turn, at: 3)
            turn.ingest(Call("file_write", ["path": "other/f", "content": "new"]))
            turn.ingest(Call("file_read", ["path": "away/f"]))
            try await events.wait(for: .started, of: 0)
            events.letGo()
            let outcomes = await turn.outcomes()
            #expect(outcomes.allSatisfy { $0.kind == .succeeded })
            #expect([outcomes[2].text, outcomes[5].text] == ["new", "old"])
            #expect(rig.content("other/f") == "new")
        }
    }

    @Test("what the host has open in a workspace is closed when another program is run")
    func closedOnExec() async throws {
        try await withRig { rig in
            let work = Task {
                await rig.run((0..<100).map { Call("file_write", ["path": .string("dir/\($0)"), "content": "x"]) })
            }
            var seen = 0
            for _ in 0..<50 {
                for (path, flags) in Self.openFiles() where path.hasPrefix(rig.workspace) {
                    seen += 1
                    #expect(flags & O_CLOEXEC != 0, "\(path)")
                }
                await Task.yield()
            }
            #expect(seen >= 50)
            #expect(await work.value.allSatisfy { $0.kind == .succeeded })
        }
    }

    /// What this process has open, with its flags; without what was closed meanwhile.
    private static func openFiles() -> [(path: String, flags: Int32)] {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.compactMap { descriptor in
            guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)"),
                let info = try? String(contentsOfFile: "/proc/self/fdinfo/\(descriptor)", encoding: .utf8),
                let line = info.split(separator: "\n").first(where: { $0.hasPrefix("flags:") }),
                let flags = Int32(line.dropFirst(6).filter { !$0.isWhitespace }, radix: 8)
            else { return nil }
            return (path, flags)
        }
    }

    @Test("a host that is killed in the middle of a write leaves the old content, and nothing that a tool would see")
    func killed() async throws {
        try await withRig { rig in
            let calls = rig.beside + "/calls.jsonl"
            try Data((0..<50).map(Self.overwrite).joined().utf8).write(to: URL(fileURLWithPath: calls))
            for _ in 0..<8 {
                try rig.write(String(repeating: "0", count: 200_000), to: "f")
                #expect(try Self.runAndKill(calls, in: rig))
                let content = try #require(rig.content("f"))
                #expect(Set(content.utf8).count == 1 && content.utf8.count == 200_000)
            }
            #expect(await rig.run(Call("file_list", [:])).map(\.text) == ["f\n"])
        }
    }

    private static func overwrite(_ number: Int) -> String {
        let content = String(repeating: "\(number % 10)", count: 200_000)
        return #"{"id": \#(number), "tool": "file_write", "arguments": {"path": "f", "content": "\#(content)"}}"# + "\n"
    }

    /// Runs the command, and kills it as soon as a new name is in its workspace, which is that of an unfinished file; false if
    /// it got to its end.
    private static func runAndKill(_ calls: String, in rig: Rig) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Bundled.command)
        process.arguments = ["run", calls, "--format", "jsonl", "--workspace", rig.workspace]
        process.environment = ["HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let before = Set(try rig.names())
        try process.run()
        while process.isRunning, try Set(rig.names()).isSubset(of: before) {}
        let isRunning = process.isRunning
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return isRunning
    }
}
