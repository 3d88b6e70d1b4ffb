import CSandbox
import Foundation
import Testing

@Suite("What the doctor asks", .serialized)
struct ProbeTests {
    @Test("every mechanism that a worker needs is proved, and no other says more than it does")
    func probes() throws {
        let directory = try TemporaryDirectory()
        for index in 0..<sandbox_probe_count() {
            let finding = sandbox_probe(index, directory.path)
            let name = String(cString: finding.name)
            let words = withUnsafeBytes(of: finding.words) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            #expect(!words.isEmpty)
            #expect(finding.result != SANDBOX_PROBE_BROKEN, "\(name): \(words)")
            if finding.is_required != 0 { #expect(finding.result == SANDBOX_PROBE_OK, "\(name): \(words)") }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test("a thread belongs to the process among its ancestors that is asked for, or to none")
    func owner() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["60"]
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)  // the thread that runs this may have blocked others
            process.waitUntilExit()
        }
        let candidates: [Int32] = [process.processIdentifier, getpid()]
        #expect(sandbox_thread_owner(process.processIdentifier, candidates, 2) == 0)
        #expect(sandbox_thread_owner(process.processIdentifier, [getpid()], 1) == 0)
        #expect(sandbox_thread_owner(getpid(), [process.processIdentifier], 1) == -1)
    }
}

@Suite("A private directory")
struct PrivateDirectoryTests {
    @Test("is gone with all that is in it, however deep, and nothing that its links lead to is touched")
    func removing() throws {
        let directory = try TemporaryDirectory()
        let parent = open(directory.path, O_RDONLY | O_DIRECTORY)
        defer { close(parent) }
        var path = [CChar](repeating: 0, count: Int(SANDBOX_PRIVATE_NAME))
        let made = directory.path.withCString { scratch in
            var scratch = sandbox_scratch(descriptor: parent, path: scratch, bytes: 0, places: 0)
            return sandbox_private_make(&scratch, &path)
        }
        try #require(made == 0)
        let name = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let own = "\(directory.path)/\(name)"
        #expect((try FileManager.default.attributesOfItem(atPath: own)[.posixPermissions] as? Int) == 0o700)

        let kept = directory.path + "/kept"
        try Data("kept".utf8).write(to: URL(fileURLWithPath: kept))
        symlink(kept, own + "/link")
        symlink(directory.path, own + "/up")
        // Longer than a path may be, and deeper than there are descriptors.
        var here = open(own, O_RDONLY | O_DIRECTORY)
        for _ in 0..<3000 {
            #expect(mkdirat(here, "deeper", 0o700) == 0 && mkdirat(here, "beside", 0o700) == 0)
            let below = openat(here, "deeper", O_RDONLY | O_DIRECTORY)
            close(openat(here, "file", O_WRONLY | O_CREAT, 0o600))
            close(here)
            here = below
        }
        close(here)

        // It comes to an end however fast somebody else fills it.
        #expect(sandbox_private_remove(parent, name, 0) != 0 && errno == ETIMEDOUT)
        #expect(sandbox_private_remove(parent, name, 60_000) == 0)
        #expect(!FileManager.default.fileExists(atPath: own))
        #expect(FileManager.default.fileExists(atPath: kept))
        #expect(sandbox_private_remove(parent, name, 60_000) == 0)
    }

    @Test("is emptied in as many steps as it takes, whatever names it has")
    func steps() throws {
        let directory = try TemporaryDirectory()
        let parent = open(directory.path, O_RDONLY | O_DIRECTORY)
        defer { close(parent) }
        for number in 1...3000 {
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/own/\(number)/below", withIntermediateDirectories: true)
        }
        var steps = 0
        while sandbox_private_remove(parent, "own", 5) != 0, errno == ETIMEDOUT, steps < 10_000 { steps += 1 }
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/own"), "\(steps)")
    }

    /// A call's process may be gone, and another one of the plugin have put it there. Who removes is in no layer.
    @Test("is not what a link in its place leads to")
    func swapped() throws {
        let directory = try TemporaryDirectory()
        let others = directory.path + "/others"
        try FileManager.default.createDirectory(atPath: others, withIntermediateDirectories: false)
        try Data("kept".utf8).write(to: URL(fileURLWithPath: others + "/kept"))
        #expect(symlink(others, directory.path + "/own") == 0)
        let parent = open(directory.path, O_RDONLY | O_DIRECTORY)
        defer { close(parent) }
        #expect(sandbox_private_remove(parent, "own", 60_000) != 0)
        #expect(FileManager.default.fileExists(atPath: others + "/kept"))
    }

    /// The plugin's code may put something else in a place of scratch before any call; and a call that claims what scratch
    /// lies in may move scratch. The guardian is in no layer, and could mount everything.
    @Test("is mounted only as it was made, and where it was made", .enabled(if: Self.hasMounts))
    func mounting() throws {
        let directory = try TemporaryDirectory()
        #expect(
            try Driver().mounts(in: directory.path) == [
                "as made: given", "without mounts of its own: refused", "a link: refused", "a file: refused",
                "with something mounted on it: refused",
                "a path to another directory: the directory for private ones is not where it was: Stale file handle",
            ])
    }

    private static let hasMounts =
        (try? Driver.isDone(["unshare", "--user", "--map-current-user", "--mount", "true"])) == true
}

/// Removed with the object.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("sandbox-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("could not remove \(path): \(error)")
        }
    }
}
