import System

/// Why there can be no locks between processes.
package struct ProcessLockFailure: Error, Sendable, CustomStringConvertible {
    /// What and where.
    package var problem: String
    /// What to do.
    package var help: String

    package var description: String { problem }
}

/// The file whose ranges are locked: empty, never deleted by us, for this user alone.
///
/// A lock counts only as long as the path leads to the file that was locked, for that is where others look: this is verified
/// after each locking.
final class LockFile: Sendable {
    /// The file, opened once more: what a call locks belongs to its own opening of it.
    struct Opening: Sendable {
        var descriptor: Descriptor
        fileprivate var device: UInt64
        fileprivate var inode: UInt64
    }

    /// Openings that are kept for the next call.
    private static let mostIdle = 64

    let path: [UInt8]
    private let kernel: Kernel
    private let idle = Guarded([Opening]())

    init(_ path: String, _ kernel: Kernel) throws(ProcessLockFailure) {
        guard path.hasPrefix("/") else {
            throw ProcessLockFailure(
                problem: "the lock file \"\(path)\" is not an absolute path", help: "write `locks:` as an absolute path"
            )
        }
        self.path = Array(path.utf8)
        self.kernel = kernel
        giveBack(try openAnew())
    }

    func open() throws(ProcessLockFailure) -> Opening {
        if let kept = idle.withLock({ $0.popLast() }) { return kept }
        return try openAnew()
    }

    /// The opening must hold no lock any more.
    func giveBack(_ opening: Opening) {
        idle.withLock { if $0.count < Self.mostIdle { $0.append(opening) } }
    }

    /// Whether the path still leads to what was opened. If not, nobody is given an old opening again.
    func isCurrent(_ opening: Opening) -> Bool {
        do throws(SystemError) {
            let now = try kernel.status(trusted: path)
            if now.device == opening.device, now.inode == opening.inode { return true }
        } catch {
            // Gone, or not to be seen: not what we have, in any case.
        }
        idle.withLock { $0.removeAll { $0.device == opening.device && $0.inode == opening.inode } }
        return false
    }

    /// The directories may never have been there, or have been removed while the host runs.
    private func openAnew() throws(ProcessLockFailure) -> Opening {
        if let opening = try openThere() { return opening }
        try makeDirectories()
        if let opening = try openThere() { return opening }
        throw failure("its directory is removed as soon as it is made")
    }

    /// Nil if its directory is missing.
    private func openThere() throws(ProcessLockFailure) -> Opening? {
        let descriptor: Descriptor
        let status: EntryStatus
        do throws(SystemError) {
            descriptor = try kernel.open(trusted: path, .keep(mode: 0o600))
            status = try kernel.status(of: descriptor)
            if status.kind == .file, status.owner == kernel.user, status.mode & 0o077 != 0 {
                try kernel.changeMode(descriptor, 0o600)
            }
        } catch .notFound {
            return nil
        } catch .loop {
            throw failure("it is a symbolic link")
        } catch {
            throw failure("\(error)")
        }
        guard status.kind == .file else { throw failure("it is not a regular file") }
        guard status.owner == kernel.user else { throw failure("it belongs to another user") }
        return Opening(descriptor: descriptor, device: status.device, inode: status.inode)
    }

    /// Those of the path that are missing, for this user alone.
    private func makeDirectories() throws(ProcessLockFailure) {
        let components = PathBytes.components(of: path).dropLast()
        for count in components.indices {
            let directory = PathBytes.absolute(components[...count])
            do throws(SystemError) {
                _ = try kernel.status(trusted: directory)
            } catch .notFound {
                do throws(SystemError) {
                    try kernel.makeDirectory(trusted: directory)
                } catch .exists {
                    // By another host, just now.
                } catch {
                    throw failure("its directory cannot be made: \(error)")
                }
            } catch {
                throw failure("its directory cannot be looked at: \(error)")
            }
        }
    }

    func failure(_ reason: String) -> ProcessLockFailure {
        ProcessLockFailure(
            problem: "the lock file \(String(decoding: path, as: UTF8.self)) cannot be used: \(reason)",
            help:
                "set `locks:` in your own configuration to a file of yours, or to none: then other hosts are not kept out"
        )
    }
}
