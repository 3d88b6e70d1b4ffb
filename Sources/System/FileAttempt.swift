import CSandbox

/// What code in a worker wants to do to files.
package struct FileAttempt: Sendable {
    package enum Act: Sendable {
        case open(OpenFlags)
        /// `most`: how large the file may become by it.
        case truncate(size: Int64, most: UInt64)
        case makeDirectory
        case remove(isDirectory: Bool)
        /// The flags of renameat2(2).
        case rename(flags: UInt32)
        case link
        case symlink(target: [UInt8])
        case makeNode
        /// Mode, owner, times, attributes.
        case mend
        case run
    }

    package var act: Act
    /// Absolute where it could be found out.
    package var path: [UInt8]
    /// Of a rename and a link: where to.
    package var other: [UInt8]?
    /// Whether a symbolic link at the end of the path leads on.
    package var followsLast: Bool
    /// Of what is made; the process's umask is taken off.
    package var mode: UInt32

    package init(
        _ act: Act, _ path: [UInt8], to other: [UInt8]? = nil, followsLast: Bool = false, mode: UInt32 = 0
    ) {
        self.act = act
        self.path = path
        self.other = other
        self.followsLast = followsLast
        self.mode = mode
    }

    /// Whether nothing is changed by it.
    package var isReading: Bool {
        switch act {
        case .open(let flags): flags.onlyReads
        case .run: true
        default: false
        }
    }

    /// Whether the path says itself that it is one of the runtime's files, which a worker may read whatever its calls claim.
    package var isOfRuntime: Bool {
        (path.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { path in
            path.baseAddress.map { sandbox_runtime_lists($0) != 0 } ?? false
        }
    }
}
