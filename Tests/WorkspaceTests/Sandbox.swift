import Calls
import Foundation
import Glibc
import System
import TestSupport
import Testing
import file_services_driver

@testable import Workspace

/// A directory for one test, with a workspace in it; removed when the test lets go of it.
final class Sandbox {
    private let temporary: TemporaryDirectory
    /// The real path of the whole, which is outside of the workspace.
    var path: String { temporary.path }
    var root: String { path + "/ws" }

    /// In memory where many writes are forced to the disk, and the disk is not what is tested.
    init(inMemory: Bool = false) throws {
        temporary = try TemporaryDirectory(in: inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        try directory("ws")
    }

    // Paths are relative to the sandbox: "ws/a.txt".

    func directory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    }

    func file(_ name: String, _ content: String = "old", mode: mode_t = 0o644) throws {
        if let slash = name.lastIndex(of: "/") { try directory(String(name[..<slash])) }
        try Data(content.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
        try #require(chmod(path + "/" + name, mode) == 0)
    }

    func link(_ name: String, to target: String) throws {
        if let slash = name.lastIndex(of: "/") { try directory(String(name[..<slash])) }
        try #require(Glibc.symlink(target, path + "/" + name) == 0)
    }

    func hardLink(_ name: String, to target: String) throws {
        try #require(Glibc.link(path + "/" + target, path + "/" + name) == 0)
    }

    func content(_ name: String) -> String? {
        FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    func names(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/" + name).sorted()
    }

    func status(_ name: String) throws -> stat {
        var status = stat()
        try #require(lstat(path + "/" + name, &status) == 0)
        return status
    }

    /// Sets an extended attribute; false where the file system has none.
    func setNote(_ name: String, _ value: String) throws -> Bool {
        let file = try Kernel().open(trusted: Array((path + "/" + name).utf8), .write)
        do {
            try Kernel().setAttribute(Array("user.note".utf8), Array(value.utf8), of: file)
            return true
        } catch SystemError.notSupported {
            return false
        }
    }

    func note(_ name: String) throws -> String {
        let file = try Kernel().open(trusted: Array((path + "/" + name).utf8), .read)
        return String(decoding: try Kernel().attribute(Array("user.note".utf8), of: file), as: UTF8.self)
    }

    func workspace(
        others: [Roots.Specification] = [], protected: [String] = [], kernel: Kernel = Kernel()
    ) throws -> Workspace {
        try Workspace(root: root, others: others, protected: protected, durability: .none, kernel: kernel)
    }

    func services(_ coverage: any LockCoverage = WholeGrant(), kernel: Kernel = Kernel()) throws -> FileServices {
        FileServices(workspace: try workspace(kernel: kernel), coverage: coverage)
    }
}

/// Exactly these locks, and weaker modes of them.
struct Only: LockCoverage {
    var locks: Set<Lock>

    init(_ locks: Lock...) {
        self.locks = Set(locks)
    }

    func covers(_ lock: Lock) -> Bool {
        let atLeast: [LockMode] =
            switch lock.mode {
            case .shared: [.shared, .joint, .exclusive]
            case .joint: [.joint, .exclusive]
            case .exclusive: [.exclusive]
            }
        return atLeast.contains { locks.contains(Lock(lock.key, lock.facet, $0)) }
    }
}

/// Everything but one lock; remembers what it was asked for.
final class AllBut: LockCoverage {
    let missing: Lock?
    private let seen = Guarded([Lock]())
    var asked: [Lock] { seen.withLock { $0 } }

    init(_ missing: Lock?) {
        self.missing = missing
    }

    func covers(_ lock: Lock) -> Bool {
        seen.withLock { $0.append(lock) }
        return lock != missing
    }
}

extension Workspace {
    /// A key below the workspace: "a/b".
    func key(_ path: String) -> Key {
        path.split(separator: "/").reduce(roots.workspace.key) { $0.appending(Array($1.utf8)) }
    }

    func walk(_ path: String, followsLast: Bool = true) -> PathWalk {
        walk(path: Array(path.utf8), followsLast: followsLast)
    }
}

extension FileServices {
    func read(_ path: String) throws -> String {
        String(decoding: try read(path: Array(path.utf8), offset: 0, maximum: .max).bytes, as: UTF8.self)
    }

    func write(_ path: String, _ content: String, _ condition: WriteCondition = WriteCondition()) throws {
        try write(path: Array(path.utf8), Array(content.utf8), condition)
    }

    func remove(_ path: String, recursive: Bool = false) throws {
        try remove(path: Array(path.utf8), recursive: recursive)
    }

    func rename(_ from: String, _ to: String, replace: Bool = false) throws {
        try rename(from: Array(from.utf8), to: Array(to.utf8), replace: replace)
    }

    func makeDirectory(_ path: String) throws {
        try makeDirectory(path: Array(path.utf8))
    }

    func list(_ path: String) throws -> [String] {
        try list(path: Array(path.utf8)).map { String(decoding: $0.name, as: UTF8.self) }
    }

    func status(_ path: String, follow: Bool = true) throws -> FileStatus {
        try status(path: Array(path.utf8), follow: follow)
    }
}

/// The code of the error that `body` throws; nil when it throws none.
func code(_ body: () throws -> Void) -> ServiceError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? ServiceError)?.code
    }
}
