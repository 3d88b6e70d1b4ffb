import Calls
import Glibc
import System
import Testing

@testable import Workspace

@Suite struct FileReplacementTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("a write makes the file and its parents, with the mode that the umask leaves")
    func create() throws {
        try sandbox.services().write("a/b/f", "new")
        #expect(sandbox.content("ws/a/b/f") == "new")
        // As the system itself makes one.
        let descriptor = open(sandbox.root + "/plain", O_CREAT | O_WRONLY, 0o666)
        close(descriptor)
        #expect(try sandbox.status("ws/a/b/f").st_mode == sandbox.status("ws/plain").st_mode)
        #expect(try sandbox.names("ws/a/b") == ["f"])
    }

    @Test("a replaced file keeps mode, owner and extended attributes, and is another inode")
    func keeps() throws {
        try sandbox.file("ws/f", "old", mode: 0o751)
        let path = sandbox.root + "/f"
        let hasAttributes = try sandbox.setNote("ws/f", "kept")
        if geteuid() == 0 { try #require(chown(path, 1234, 4321) == 0 && chmod(path, 0o4751) == 0) }
        let before = try sandbox.status("ws/f")
        let services = try sandbox.services()
        try services.write("f", "new")
        let after = try sandbox.status("ws/f")
        #expect(sandbox.content("ws/f") == "new")
        #expect(after.st_mode == before.st_mode && after.st_uid == before.st_uid && after.st_gid == before.st_gid)
        #expect(after.st_ino != before.st_ino)
        if hasAttributes { #expect(try sandbox.note("ws/f") == "kept") }
        #expect(services.notes.isEmpty)
    }

    @Test("a file without write permission bits is refused, to the superuser as well")
    func readOnly() throws {
        try sandbox.file("ws/f", "old", mode: 0o444)
        #expect(code { try self.sandbox.services().write("f", "new") } == .io)
        #expect(sandbox.content("ws/f") == "old")
    }

    @Test("a write through a link changes the target and leaves the link")
    func throughLink() throws {
        try sandbox.file("ws/d/f")
        try sandbox.link("ws/l", to: "d/f")
        try sandbox.services().write("l", "new")
        #expect(sandbox.content("ws/d/f") == "new")
        #expect(try sandbox.status("ws/l").st_mode & S_IFMT == S_IFLNK)
    }

    @Test("a file with several hard links is written in place, under all its names, and that is told")
    func hardLinks() throws {
        try sandbox.file("ws/f", "a long old content")
        try sandbox.hardLink("ws/g", to: "ws/f")
        let workspace = try sandbox.workspace()
        let content = Lock(workspace.key("f"), .content, .exclusive)
        let alone = FileServices(workspace: workspace, coverage: Only(content))
        #expect(code { try alone.write("f", "new") } == .changed)
        let services = FileServices(
            workspace: workspace, coverage: Only(content, Lock(.aliases, .content, .exclusive)))
        try services.write("f", "new")
        #expect(sandbox.content("ws/f") == "new" && sandbox.content("ws/g") == "new")
        #expect(services.notes.count == 1 && services.notes[0].contains("in place"))
    }

    @Test("conditions: new, present, and a version that shows every change")
    func conditions() throws {
        try sandbox.file("ws/f")
        let services = try sandbox.services()
        #expect(code { try services.write("f", "x", WriteCondition(.mustBeNew)) } == .exists)
        #expect(code { try services.write("none", "x", WriteCondition(.mustExist)) } == .notFound)
        let version = try services.status("f").version
        try services.write("f", "new", WriteCondition(.mustExist, version: version))
        #expect(try services.status("f").version != version)
        #expect(code { try services.write("f", "x", WriteCondition(version: version)) } == .changed)
        #expect(code { try services.write("gone", "x", WriteCondition(version: version)) } == .changed)
        let again = try services.status("f").version
        try #require(chmod(sandbox.root + "/f", 0o600) == 0)
        #expect(try services.status("f").version != again)
        #expect(sandbox.content("ws/f") == "new" && sandbox.content("ws/none") == nil)
    }

    @Test("short writes and reads are continued")
    func shortTransfers() throws {
        var kernel = Kernel()
        kernel.longestTransfer = 3
        let services = try sandbox.services(kernel: kernel)
        try services.write("f", "a content of more than three bytes")
        #expect(try services.read("f") == "a content of more than three bytes")
    }

    @Test("a directory that is swapped for a link between walk and act is not written through")
    func swappedDirectory() throws {
        try sandbox.file("ws/d/f", "old")
        try sandbox.file("outside/f", "old")
        let faulty = FaultyKernel()
        let services = try sandbox.services(kernel: faulty.kernel)
        let (root, outside) = (sandbox.root, sandbox.path + "/outside")
        for call in [SystemCall.write, .changeMode] {
            faulty.onFirst(call) {
                rename(root + "/d", root + "/moved-\(call)")
                symlink(outside, root + "/d")
            }
            #expect(code { try services.write("d/f", "evil") } == .changed, "\(call)")
            #expect(sandbox.content("outside/f") == "old" && sandbox.content("ws/moved-\(call)/f") == "old")
            #expect(try sandbox.names("ws/moved-\(call)") == ["f"])
            unlink(root + "/d")
            rename(root + "/moved-\(call)", root + "/d")
        }
    }

    @Test("a file that is swapped for a link between walk and act is neither read nor written through")
    func swappedFile() throws {
        try sandbox.file("ws/f", "old")
        try sandbox.file("outside", "secret")
        let faulty = FaultyKernel()
        let services = try sandbox.services(kernel: faulty.kernel)
        _ = try services.read("f")
        let (root, outside) = (sandbox.root, sandbox.path + "/outside")
        // The first status call is the walk's; what follows is the opening.
        faulty.onFirst(.open) {
            unlink(root + "/f")
            symlink(outside, root + "/f")
        }
        #expect(code { _ = try services.read("f") } == .changed)
        unlink(root + "/f")
        try sandbox.file("ws/f", "old")
        faulty.onFirst(.changeMode) {
            unlink(root + "/f")
            symlink(outside, root + "/f")
        }
        #expect(code { try services.write("f", "evil") } == .changed)
        #expect(sandbox.content("outside") == "secret")
        #expect(try sandbox.names("ws") == ["f"])
    }

    @Test("a file that is swapped for another between walk and act is not read as if it were the first")
    func swappedForAnother() throws {
        try sandbox.file("ws/f", "old")
        try sandbox.file("ws/other", "other")
        let faulty = FaultyKernel()
        let services = try sandbox.services(kernel: faulty.kernel)
        _ = try services.read("f")
        let root = sandbox.root
        faulty.onFirst(.open) { rename(root + "/other", root + "/f") }
        #expect(code { _ = try services.read("f") } == .changed)
    }

    @Test("a file that another program makes at the last moment is not lost")
    func lateTwin() throws {
        let faulty = FaultyKernel()
        let services = try sandbox.services(kernel: faulty.kernel)
        let path = sandbox.root + "/new"
        faulty.onFirst(.rename) {
            let descriptor = open(path, O_CREAT | O_WRONLY, 0o644)
            write(descriptor, "theirs", 6)
            close(descriptor)
        }
        #expect(code { try services.write("new", "ours") } == .changed)
        #expect(sandbox.content("ws/new") == "theirs")
        #expect(try sandbox.names("ws") == ["new"])
    }
}

@Suite struct TemporaryFilesTests {
    @Test("names tell their owner, and nothing else is taken for one")
    func names() {
        let owner = ProcessIdentity(number: 42, started: 7)
        let name = TemporaryName.name(owner: owner, counter: 3)
        #expect(String(decoding: name, as: UTF8.self) == ".interlock-42.7.3.tmp")
        #expect(TemporaryName.owner(of: name) == owner)
        for other in [".interlock-42.7.tmp", ".interlock-a.7.3.tmp", ".interlock.yaml", ".interlock-1.2.3.4.tmp", "x"] {
            #expect(!TemporaryName.isReserved(Array(other.utf8)), "\(other)")
        }
    }

    @Test("files of owners that are gone are reaped, those of living ones and look-alikes are not")
    func reaping() throws {
        let sandbox = try Sandbox()
        let workspace = try sandbox.workspace()
        let own = try ProcessIdentity.current(Kernel())
        let living = TemporaryName.name(owner: own, counter: 999_999)
        // The number was given to another process since.
        let reused = TemporaryName.name(owner: ProcessIdentity(number: own.number, started: 1), counter: 1)
        let gone = TemporaryName.name(owner: ProcessIdentity(number: 1 << 30, started: 1), counter: 1)
        let locked = TemporaryName.name(owner: ProcessIdentity(number: 1 << 30, started: 1), counter: 2)
        for name in [living, reused, gone, locked] {
            try sandbox.file("ws/a/b/" + String(decoding: name, as: UTF8.self))
        }
        try sandbox.file("ws/a/.interlock-notes.tmp")
        try sandbox.link("ws/loop", to: ".")
        let holder = open(sandbox.root + "/a/b/" + String(decoding: locked, as: UTF8.self), O_RDONLY)
        try #require(flock(holder, LOCK_EX | LOCK_NB) == 0)
        defer { close(holder) }
        #expect(workspace.reapTemporaryFiles() == (2, nil))
        #expect(try Set(sandbox.names("ws/a/b")) == Set([living, locked].map { String(decoding: $0, as: UTF8.self) }))
        #expect(try sandbox.names("ws/a") == [".interlock-notes.tmp", "b"])
    }

    @Test("a file that cannot be removed keeps no other from being removed, and is told of")
    func stubbornLeftover() throws {
        let sandbox = try Sandbox()
        for directory in ["ws/a", "ws/b", "ws/c"] {
            for counter in [1, 2] { try sandbox.file("\(directory)/.interlock-1073741824.1.\(counter).tmp") }
        }
        let isFirst = Guarded(true)
        var kernel = Kernel()
        kernel.intercept = { call throws(SystemError) in
            guard call == .remove else { return }
            let fails = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            if fails { throw .notPermitted }
        }
        #expect(try Workspace(root: sandbox.root, kernel: kernel).reapTemporaryFiles() == (5, .notPermitted))
    }

    @Test("what lies as deep as a path can lead is found, and goes with a recursive remove")
    func depth() throws {
        let sandbox = try Sandbox()
        let above = sandbox.root.split(separator: "/").count
        let deepest = "d" + String(repeating: "/d", count: PathWalker.deepest - above - 1)
        try sandbox.file("ws/\(deepest)/.interlock-1073741824.1.1.tmp")
        #expect(try sandbox.workspace().reapTemporaryFiles() == (1, nil))
        try sandbox.file("ws/\(deepest)/f")
        try sandbox.services().remove("d", recursive: true)
        #expect(try sandbox.names("ws").isEmpty)
    }

    @Test("a directory with nothing but the files of hosts that are gone is empty, and can be removed")
    func emptyDirectory() throws {
        let sandbox = try Sandbox()
        try sandbox.file("ws/d/.interlock-1073741824.1.1.tmp")
        try sandbox.services().remove("d")
        #expect(try sandbox.names("ws").isEmpty)
    }
}

/// A kernel whose k-th call fails, or before one of whose calls something happens.
final class FaultyKernel: Sendable {
    private struct Plan {
        var remaining: Int?
        var error = SystemError.inputOutput
        var failed: SystemCall?
        var actions: [SystemCall: @Sendable () -> Void] = [:]
    }

    private let plan = Guarded(Plan())

    var kernel: Kernel {
        var kernel = Kernel()
        kernel.intercept = { (call) throws(SystemError) in try self.intercept(call) }
        return kernel
    }

    var failed: SystemCall? { plan.withLock { $0.failed } }
    var hasFailed: Bool { failed != nil }

    /// From now on.
    func fail(at number: Int, with error: SystemError) {
        plan.withLock { plan in
            plan.remaining = number
            plan.error = error
        }
    }

    func onFirst(_ call: SystemCall, _ action: @escaping @Sendable () -> Void) {
        plan.withLock { $0.actions[call] = action }
    }

    private func intercept(_ call: SystemCall) throws(SystemError) {
        let (action, failure) = plan.withLock { plan in
            let fails = plan.remaining == 0
            if fails { plan.failed = call }
            plan.remaining = plan.remaining.flatMap { $0 > 0 ? $0 - 1 : nil }
            return (plan.actions.removeValue(forKey: call), fails ? plan.error : nil)
        }
        action?()
        if let failure { throw failure }
    }
}
