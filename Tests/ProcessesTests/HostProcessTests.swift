import Foundation
import SeveralHosts
import StrictJSON
import Testing

/// Two hosts and one file: what the one sees of the other.
@Suite(.timeLimit(.minutes(20))) struct HostProcessTests {
    /// A host whose call holds `work/f` until `release` is there; the call has begun.
    private func holder(_ place: Playground) throws -> HostProcess {
        let host = try HostProcess(place, workspace: "work")
        host.send("hold", "journal_hold", ["path": "f", "until": .string(place.path("release"))])
        #expect(host.wait(for: "hold") { $0.started != nil })
        return host
    }

    @Test("a call that waits for another process says for which, and gets in when that one is done")
    func names() throws {
        let place = try Playground()
        let first = try holder(place)
        let second = try HostProcess(place, workspace: "work")
        second.send("add", "journal_add", ["path": "f", "line": "one"])
        second.send("free", "journal_add", ["path": "g", "line": "two"])
        #expect(second.wait(for: "free"))
        #expect(second.wait(for: "add") { !$0.holders.isEmpty })
        let blocked = try #require(second.progress["add"])
        #expect(blocked.started == nil && blocked.outcome == nil)
        #expect(blocked.holders.first?["process"] == .int(first.number))
        #expect(blocked.holders.first?["tool"] == "journal_hold")
        try place.write("release", "")
        #expect(second.wait(for: "add") { $0.outcome == "succeeded" })
        first.finish()
        second.finish()
        #expect(place.text("work/f") == "one\n")
    }

    @Test("the locks of a host that is killed are free at once, and its leftovers are removed by the next")
    func killed() throws {
        let place = try Playground()
        let first = try holder(place)
        let second = try HostProcess(place, workspace: "work")
        second.send("add", "journal_add", ["path": "f", "line": "one"])
        #expect(second.wait(for: "add") { !$0.holders.isEmpty })
        try place.write("work/.interlock-\(first.number).1.7.tmp", "half")
        first.kill()
        #expect(second.wait(for: "add") { $0.outcome == "succeeded" })
        second.finish()
        let third = try HostProcess(place, workspace: "work")
        while FileManager.default.fileExists(atPath: place.path("work/.interlock-\(first.number).1.7.tmp")) {
            usleep(2_000)
        }
        third.finish()
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path("state/locks.hosts")).isEmpty)
    }

    @Test("a program that a killed host leaves running has none of its locks")
    func survivor() throws {
        let place = try Playground()
        let first = try HostProcess(place, workspace: "work")
        first.send("leave", "journal_leave", ["path": "f", "until": .string(place.path("release"))])
        #expect(first.wait(for: "leave") { $0.message != nil })
        let survivor = try #require(first.progress["leave"]?.message.flatMap { Int32($0) })
        defer { kill(survivor, SIGKILL) }
        first.kill()
        #expect(kill(survivor, 0) == 0)
        let second = try HostProcess(place, workspace: "work")
        second.send("add", "journal_add", ["path": "f", "line": "one"])
        #expect(second.wait(for: "add") { $0.outcome == "succeeded" })
        second.finish()
    }

    @Test("who waits too long is cancelled, and told for which process it waited")
    func waitLimit() throws {
        let place = try Playground("limits:\n  wait: 700ms\n")
        let first = try holder(place)
        let second = try HostProcess(place, workspace: "work")
        second.send("add", "journal_add", ["path": "f", "line": "one"])
        #expect(second.wait(for: "add") { $0.outcome == "cancelled" })
        let text = try #require(second.progress["add"]).text
        #expect(text.contains("process \(first.number), call journal_hold, since"), "\(text)")
        // A cancel while it waits leaves no trace, and the next one runs.
        try place.write("release", "")
        #expect(first.wait(for: "hold"))
        second.send("next", "journal_add", ["path": "f", "line": "two"])
        #expect(second.wait(for: "next") { $0.outcome == "succeeded" })
        first.finish()
        second.finish()
        #expect(place.text("work/f") == "two\n")
    }

    @Test("a lock file that is replaced under a running host is noticed, and hosts exclude each other in the new one")
    func replacedLockFile() throws {
        let place = try Playground()
        let first = try HostProcess(place, workspace: "work")
        first.send("one", "journal_add", ["path": "f", "line": "one"])
        #expect(first.wait(for: "one") { $0.outcome == "succeeded" })
        try FileManager.default.moveItem(atPath: place.path("state/locks"), toPath: place.path("state/old"))
        first.send("hold", "journal_hold", ["path": "f", "until": .string(place.path("release"))])
        #expect(first.wait(for: "hold") { $0.started != nil })
        let second = try HostProcess(place, workspace: "work")
        second.send("add", "journal_add", ["path": "f", "line": "two"])
        #expect(second.wait(for: "add") { !$0.holders.isEmpty })
        try place.write("release", "")
        #expect(second.wait(for: "add") { $0.outcome == "succeeded" })
        first.finish()
        second.finish()
        #expect(first.errorText.contains("was removed or replaced"), "\(first.errorText)")
        #expect(!second.errorText.contains("was removed or replaced"), "\(second.errorText)")
    }

    @Test("a workspace cannot say where the lock file is")
    func notTheWorkspaces() throws {
        let place = try Playground()
        try place.write("work/.interlock.yaml", "locks: none\n")
        let host = try HostProcess(place, workspace: "work")
        host.finish()
        #expect(host.status == 1 && host.errorText.contains("\"locks\" is not a workspace's to say"))
    }

    @Test("without a lock file the same two calls run at once")
    func twin() throws {
        let place = try Playground()
        let first = try HostProcess(place, workspace: "work", config: "alone.yaml")
        first.send("hold", "journal_hold", ["path": "f", "until": .string(place.path("release"))])
        #expect(first.wait(for: "hold") { $0.started != nil })
        let second = try HostProcess(place, workspace: "work", config: "alone.yaml")
        second.send("add", "journal_add", ["path": "f", "line": "one"])
        #expect(second.wait(for: "add") { $0.outcome == "succeeded" })
        try place.write("release", "")
        first.finish()
        second.finish()
        #expect(!FileManager.default.fileExists(atPath: place.path("home/.local")))
    }
}
