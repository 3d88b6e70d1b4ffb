import CLinux
import Glibc
import Guards

/// The system calls on files, relative to directory handles. None follows a symbolic link at the end of a name.
///
/// A value with settings that only tests change: all that touches files goes through here, so a test can make the k-th call
/// fail, change the tree just before it, shorten every transfer, or be without a race guard.
package struct Kernel: Sendable {
    /// Asked before each call; what it throws is the call's result.
    package var intercept: (@Sendable (SystemCall) throws(SystemError) -> Void)?
    /// No single read or write moves more bytes than this.
    package var longestTransfer = 1 << 30
    /// The guards of everything that is made with this kernel.
    package var guards = RaceGuards.all

    package init() {}

    /// Makes one call whose C function answers a result or -errno; makes it again when a signal interrupted it.
    @discardableResult
    func run(_ call: SystemCall, _ body: () -> Int) throws(SystemError) -> Int {
        while true {
            do throws(SystemError) {
                if let intercept { try intercept(call) }
                let result = body()
                if result >= 0 { return result }
                throw SystemError(Int32(truncatingIfNeeded: -result))
            } catch .interrupted {
                continue
            }
        }
    }

    /// The same for a call on a name; one with a NUL byte cannot be told to the system.
    @discardableResult
    func run(
        _ call: SystemCall, _ name: [UInt8], in directory: Descriptor?, _ body: (Int32, UnsafePointer<CChar>) -> Int
    ) throws(SystemError) -> Int {
        if name.contains(0) { throw .invalid }
        return try run(call) {
            (name + [0]).withUnsafeBytes { bytes in
                guard let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return -Int(EINVAL) }
                guard let directory else { return body(AT_FDCWD, start) }
                return directory.withNumber { body($0, start) }
            }
        }
    }
}

/// The kinds of system calls that ``Kernel`` makes.
package enum SystemCall: String, Sendable, CaseIterable {
    case open, status, readLink, readDirectory, fileSystem, inodeFlags
    case read, write, truncate, allocate, synchronize, lock, lockRange, findRange
    case makeDirectory, remove, rename, link
    case changeMode, changeOwner, listAttributes, getAttribute, setAttribute, removeAttribute
}

// MARK: - Opening

extension Kernel {
    package enum Access: Sendable {
        /// A handle that only names: for looking, and for opening things relative to it.
        case handle
        case directoryHandle
        case read
        case readDirectory
        /// An existing file; never truncates, never waits for the other end of a pipe.
        case write
        case create(mode: UInt32)
        /// A file that is there for good, for reading and writing; made if there is none.
        case keep(mode: UInt32)

        fileprivate var flags: Int32 {
            // O_PATH is not in Swift's import of glibc.
            let pathOnly: Int32 = 0o10000000
            return switch self {
            case .handle: pathOnly
            case .directoryHandle: pathOnly | O_DIRECTORY
            case .read: O_RDONLY | O_NONBLOCK | O_NOCTTY
            case .readDirectory: O_RDONLY | O_DIRECTORY | O_NONBLOCK
            case .write: O_WRONLY | O_NONBLOCK | O_NOCTTY
            case .create: O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY
            case .keep: O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
            }
        }

        fileprivate var mode: UInt32 {
            switch self {
            case .create(let mode), .keep(let mode): mode
            default: 0
            }
        }
    }

    private var closeOnExec: Int32 { guards.has(.closedOnExec) ? O_CLOEXEC : 0 }
    private var noFollow: Int32 { guards.has(.noLinkFollowed) ? O_NOFOLLOW : 0 }

    /// One component, which is not a link; or "." for the directory itself.
    package func open(_ name: [UInt8], in directory: Descriptor, _ access: Access) throws(SystemError) -> Descriptor {
        let number = try run(.open, name, in: directory) { directory, name in
            linux_open(directory, name, access.flags | noFollow | closeOnExec, access.mode)
        }
        return Descriptor(owning: Int32(number))
    }

    /// As another process asked for it. One component, which is not a link; it never waits for the other end of a pipe.
    package func open(
        _ name: [UInt8], in directory: Descriptor, as flags: OpenFlags, creating mode: UInt32? = nil
    ) throws(SystemError) -> Descriptor {
        let creating = mode == nil ? 0 : O_CREAT | O_EXCL
        let isDirectory = flags.rawValue & O_DIRECTORY
        let number = try run(.open, name, in: directory) { directory, name in
            linux_open(
                directory, name,
                flags.handedOn | creating | isDirectory | O_NONBLOCK | O_NOCTTY | noFollow | closeOnExec, mode ?? 0)
        }
        return Descriptor(owning: Int32(number))
    }

    /// What was opened so that nothing is waited for then waits again, unless it was asked not to.
    package func settle(_ file: Descriptor, as flags: OpenFlags) throws(SystemError) {
        if flags.contains(.nonBlocking) { return }
        try run(.open) { file.withNumber { linux_set_flags($0, flags.handedOn) } }
    }

    /// A relative path of several components without any link and without `..`.
    package func open(
        beneath directory: Descriptor, path: [UInt8], _ access: Access, onSameMount: Bool
    ) throws(SystemError) -> Descriptor {
        let number = try run(.open, path, in: directory) { directory, path in
            linux_open_beneath(directory, path, access.flags | closeOnExec, onSameMount ? 1 : 0)
        }
        return Descriptor(owning: Int32(number))
    }

    /// Where links are followed, by an absolute path that the operator or the host gave.
    package func open(trusted path: [UInt8], _ access: Access) throws(SystemError) -> Descriptor {
        let number = try run(.open, path, in: nil) { directory, path in
            linux_open(directory, path, access.flags | closeOnExec, access.mode)
        }
        return Descriptor(owning: Int32(number))
    }
}

// MARK: - Looking

extension Kernel {
    package func status(_ name: [UInt8], in directory: Descriptor) throws(SystemError) -> EntryStatus {
        var status = linux_status()
        try run(.status, name, in: directory) { linux_stat($0, $1, &status) }
        return EntryStatus(status)
    }

    package func status(of descriptor: Descriptor) throws(SystemError) -> EntryStatus {
        try status([], in: descriptor)
    }

    /// Of the entry at an absolute path that the operator or the host gave; links on the way to it are followed.
    package func status(trusted path: [UInt8]) throws(SystemError) -> EntryStatus {
        var status = linux_status()
        try run(.status, path, in: nil) { linux_stat($0, $1, &status) }
        return EntryStatus(status)
    }

    package func readLink(_ name: [UInt8], in directory: Descriptor?) throws(SystemError) -> [UInt8] {
        var length = 0
        let longest = Int(PATH_MAX)
        var target = [UInt8](repeating: 0, count: longest)
        try run(.readLink, name, in: directory) { directory, name in
            length = target.withUnsafeMutableBytes { buffer in
                guard let start = buffer.assumingMemoryBound(to: CChar.self).baseAddress else { return -Int(EINVAL) }
                return linux_read_link(directory, name, start, buffer.count)
            }
            return length
        }
        target.removeLast(longest - length)
        return target
    }

    /// The absolute path of a handle, all links resolved.
    package func realPath(of descriptor: Descriptor) throws(SystemError) -> [UInt8] {
        let number = descriptor.withNumber { $0 }
        return try withExtendedLifetime(descriptor) { () throws(SystemError) in
            try readLink(Array("/proc/self/fd/\(number)".utf8), in: nil)
        }
    }

    /// Whose files this process makes.
    package var user: UInt32 { UInt32(truncatingIfNeeded: linux_user()) }

    /// The magic number of the file system's type.
    package func fileSystem(of descriptor: Descriptor) throws(SystemError) -> Int {
        try run(.fileSystem) { descriptor.withNumber { linux_file_system($0) } }
    }

    /// Whether lookups in this directory ignore case. It must be open for reading.
    package func foldsCase(_ directory: Descriptor) throws(SystemError) -> Bool {
        let casefold = 0x4000_0000  // FS_CASEFOLD_FL
        return try run(.inodeFlags) { directory.withNumber { linux_inode_flags($0) } } & casefold != 0
    }
}

// MARK: - Names

extension Kernel {
    package func makeDirectory(
        _ name: [UInt8], in directory: Descriptor, mode: UInt32 = 0o777
    ) throws(SystemError) {
        try run(.makeDirectory, name, in: directory) { linux_make_directory($0, $1, mode) }
    }

    /// At an absolute path that the operator or the host gave; for this user alone.
    package func makeDirectory(trusted path: [UInt8]) throws(SystemError) {
        try run(.makeDirectory, path, in: nil) { linux_make_directory($0, $1, 0o700) }
    }

    package func remove(_ name: [UInt8], in directory: Descriptor, isDirectory: Bool) throws(SystemError) {
        try run(.remove, name, in: directory) { linux_remove($0, $1, isDirectory ? 1 : 0) }
    }

    package struct RenameFlags: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let noReplace = RenameFlags(rawValue: UInt32(LINUX_RENAME_NO_REPLACE))
        /// Each gets the other's name.
        package static let exchange = RenameFlags(rawValue: UInt32(LINUX_RENAME_EXCHANGE))
    }

    package func rename(
        _ name: [UInt8], in directory: Descriptor, to newName: [UInt8], in newDirectory: Descriptor, replace: Bool
    ) throws(SystemError) {
        try rename(name, in: directory, to: newName, in: newDirectory, replace ? [] : .noReplace)
    }

    package func rename(
        _ name: [UInt8], in directory: Descriptor, to newName: [UInt8], in newDirectory: Descriptor,
        _ flags: RenameFlags
    ) throws(SystemError) {
        try run(.rename, name, in: directory, and: newName, in: newDirectory) {
            linux_rename($0, $1, $2, $3, flags.rawValue)
        }
    }

    /// Gives a file a second name.
    package func link(
        _ name: [UInt8], in directory: Descriptor, to newName: [UInt8], in newDirectory: Descriptor
    ) throws(SystemError) {
        try run(.link, name, in: directory, and: newName, in: newDirectory) { linux_link($0, $1, $2, $3) }
    }

    package func makeSymbolicLink(
        _ name: [UInt8], in directory: Descriptor, to target: [UInt8]
    ) throws(SystemError) {
        try run(.link, target, in: nil, and: name, in: directory) { _, target, directory, name in
            linux_make_link(target, directory, name)
        }
    }

    private func run(
        _ call: SystemCall, _ name: [UInt8], in directory: Descriptor?, and newName: [UInt8],
        in newDirectory: Descriptor,
        _ body: (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>) -> Int
    ) throws(SystemError) {
        if newName.contains(0) { throw .invalid }
        try run(call, name, in: directory) { from, name in
            (newName + [0]).withUnsafeBytes { bytes in
                guard let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return -Int(EINVAL) }
                return newDirectory.withNumber { body(from, name, $0, start) }
            }
        }
    }

    /// The same, only if nothing has the new name. Where the file system cannot do that in one step, it looks first.
    package func renameToNew(
        _ name: [UInt8], in directory: Descriptor, to newName: [UInt8], in newDirectory: Descriptor
    ) throws(SystemError) {
        do throws(SystemError) {
            try rename(name, in: directory, to: newName, in: newDirectory, replace: false)
        } catch .invalid {
            do throws(SystemError) {
                _ = try status(newName, in: newDirectory)
                throw SystemError.exists
            } catch .notFound {
                try rename(name, in: directory, to: newName, in: newDirectory, replace: true)
            }
        }
    }
}
