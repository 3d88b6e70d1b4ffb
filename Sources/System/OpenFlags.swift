import Glibc

/// The flags with which a process opens something: those of open(2).
package struct OpenFlags: OptionSet, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let writing = OpenFlags(rawValue: O_WRONLY)
    package static let create = OpenFlags(rawValue: O_CREAT)
    package static let mustBeNew = OpenFlags(rawValue: O_EXCL)
    package static let truncate = OpenFlags(rawValue: O_TRUNC)
    package static let directory = OpenFlags(rawValue: O_DIRECTORY)
    package static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
    /// A file that no directory has: of O_TMPFILE what O_DIRECTORY is not.
    package static let nameless = OpenFlags(rawValue: 0o20000000)

    /// Whether the bytes can be changed through what is opened.
    package var writes: Bool { rawValue & O_ACCMODE != O_RDONLY }
    /// Whether opening it so changes nothing, nor can what is opened.
    package var onlyReads: Bool { !writes && isDisjoint(with: [.create, .truncate, .nameless]) }

    /// What is handed on to the system: how bytes are moved. All else is the host's to do.
    var handedOn: Int32 {
        let noAccessTimes: Int32 = 0o1000000  // O_NOATIME is not in Swift's import of glibc.
        return rawValue & (O_ACCMODE | O_APPEND | O_DSYNC | O_SYNC | noAccessTimes)
    }
}
