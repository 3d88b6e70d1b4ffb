import CSandbox
import Glibc

/// A directory for this process alone, with a name that nobody can guess: `interlock-<process>.<its start>.<random>`.
///
/// Who is killed cannot remove it: whoever makes one in the same place later does it then. As with temporary files, two things
/// must say that its owner is gone: no process with that number and start time, and nobody holds the directory's lock.
package struct ScratchDirectory: Sendable {
    /// Without links: whether something lies in it is asked of paths that have none.
    package let path: String
    /// Holds its lock. What is done below it is done by this: its path may come to lead elsewhere.
    package let handle: Descriptor

    private static let prefix = Array("interlock-".utf8)
    /// Where this process has looked for those of others.
    private static let cleared = Guarded(Set<String>())

    /// Where such directories are made: `TMPDIR` if it is a directory, else /tmp.
    package static var base: String {
        guard let named = environmentValue("TMPDIR"), named.hasPrefix("/"),
            (try? Kernel().open(trusted: Array(named.utf8), .directoryHandle)) != nil
        else { return "/tmp" }
        return named
    }

    package init(in base: String = Self.base, kernel: Kernel = Kernel()) throws(SystemError) {
        Self.clear(base, kernel)
        let name = Self.name(owner: try .current(kernel), number: .random(in: .min ... .max))
        path = try realPath(base) + "/" + String(decoding: name, as: UTF8.self)
        let parent = try kernel.open(trusted: Array(base.utf8), .directoryHandle)
        try kernel.makeDirectory(name, in: parent, mode: 0o700)
        do throws(SystemError) {
            handle = try kernel.open(name, in: parent, .readDirectory)
            try kernel.lock(handle)
            try Self.check(handle, kernel)
        } catch {
            try? kernel.remove(name, in: parent, isDirectory: true)
            throw error
        }
    }

    /// What is there now may be another than was made: whoever may change the place can exchange it. What is empty and this
    /// user's alone does as well.
    private static func check(_ handle: Descriptor, _ kernel: Kernel) throws(SystemError) {
        let status = try kernel.status(of: handle)
        var isEmpty = true
        try kernel.forEachName(in: handle) { _ in
            isEmpty = false
            return false
        }
        guard isEmpty, status.owner == kernel.user, status.mode & 0o077 == 0 else { throw .stale }
    }

    /// With everything in it, following nothing.
    package func remove() throws(SystemError) {
        try Self.empty(handle)
        // Of what may be there in its place, only an empty directory goes.
        if rmdir(path) != 0, errno != ENOENT { throw SystemError(errno) }
    }

    /// Milliseconds: whoever lives on may fill it faster than it can be emptied.
    private static let patience: UInt32 = 10_000

    private static func empty(_ directory: Descriptor) throws(SystemError) {
        if directory.withNumber({ sandbox_private_empty($0, ".", Self.patience) }) != 0 { throw SystemError(errno) }
    }

    // MARK: - Those of others

    static func name(owner: ProcessIdentity, number: UInt64) -> [UInt8] {
        prefix + owner.name(number)
    }

    /// Nil if it is not exactly a name of ours.
    static func owner(of name: [UInt8]) -> ProcessIdentity? {
        name.starts(with: prefix) ? ProcessIdentity(ofName: name.dropFirst(prefix.count)) : nil
    }

    /// Once for each place. What goes wrong leaves something lying there that is nobody's; the next process tries again.
    private static func clear(_ base: String, _ kernel: Kernel) {
        guard cleared.withLock({ $0.insert(base).inserted }) else { return }
        var names: [[UInt8]] = []
        guard let directory = try? kernel.open(trusted: Array(base.utf8), .readDirectory) else { return }
        _ = try? kernel.forEachName(in: directory) {
            if owner(of: $0.name) != nil { names.append($0.name) }
            return true
        }
        for name in names { try? removeIfGone(name, in: directory, kernel) }
    }

    private static func removeIfGone(
        _ name: [UInt8], in directory: Descriptor, _ kernel: Kernel
    ) throws(SystemError) {
        guard let owner = owner(of: name), try !owner.isAlive(kernel) else { return }
        // Not what a link leads to.
        let handle = try kernel.open(name, in: directory, .readDirectory)
        guard try kernel.status(of: handle).owner == kernel.user else { return }
        try kernel.lock(handle)
        try empty(handle)
        try kernel.remove(name, in: directory, isDirectory: true)
    }
}

/// Where a path leads, without any link on the way.
package func realPath(_ path: String) throws(SystemError) -> String {
    guard let real = realpath(path, nil) else { throw SystemError(errno) }
    defer { free(real) }
    return String(cString: real)
}
