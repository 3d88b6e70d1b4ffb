import CLinux

/// An open file or directory; closed when the last owner lets go. Always close-on-exec.
package final class Descriptor: Sendable {
    /// Only valid as long as `self` lives: use `withNumber`.
    private let number: Int32

    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        // An error is of no use to anybody here: what must be on the disk was synchronized before.
        _ = linux_close(number)
    }

    /// Swift may let go of an object after its last use: this keeps the descriptor open until `body` has returned.
    package func withNumber<Result>(_ body: (Int32) -> Result) -> Result {
        withExtendedLifetime(self) { body(number) }
    }
}

/// What the system knows of a directory entry.
package struct EntryStatus: Sendable, Equatable {
    package enum Kind: Sendable {
        case file, directory, symlink, other
    }

    package var kind: Kind
    package var device: UInt64
    package var inode: UInt64
    /// The mount that it was reached through; 0 where the kernel does not say.
    package var mount: UInt64
    package var size: UInt64
    package var links: UInt32
    package var owner: UInt32
    package var group: UInt32
    /// Permission bits, with set-user-id, set-group-id and sticky.
    package var mode: UInt32
    /// Nanoseconds since 1970: content, anything at all, creation.
    package var modified: Int64
    package var changed: Int64
    package var born: Int64

    init(_ status: linux_status) {
        kind =
            switch status.mode & 0o170000 {
            case 0o100000: .file
            case 0o040000: .directory
            case 0o120000: .symlink
            default: .other
            }
        device = status.device
        inode = status.inode
        mount = status.mount
        size = status.size
        links = status.links
        owner = status.owner
        group = status.group
        mode = status.mode & 0o7777
        modified = status.modified
        changed = status.changed
        born = status.born
    }

    package func isSameFile(as other: EntryStatus) -> Bool {
        device == other.device && inode == other.inode
    }
}
