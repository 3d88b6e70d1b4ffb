import CSandbox
import Glibc

/// What code in a worker wants of the system: told before it happens, while its thread waits.
package struct Attempt: Sendable {
    /// The thread, as this process numbers it.
    package var thread: Int32
    /// "write", "run a program".
    package var operation: String
    /// What it was about: a path, the family of a socket. Bytes that are not UTF-8 are shown as replacement characters.
    package var object: String
    /// Nil if it is about something else.
    package var file: FileAttempt?
}

/// What code in a worker wants to do to files.
package struct FileAttempt: Sendable {
    package enum Act: Sendable {
        case open(OpenFlags)
        case truncate(size: Int64)
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
}

/// What comes of a ``FileAttempt``.
package enum FileAnswer: Sendable {
    /// The path, or the other one, leads into no root: nothing is decided.
    case elsewhere(path: Bool, other: Bool)
    /// It fails by itself, or needs nothing that is kept from it: the kernel does it.
    case goesOn
    /// It was done in the process's place.
    case done
    /// Opened for it.
    case opened(Descriptor)
    /// What may be mended: a handle.
    case found(Descriptor)
    case fails(SystemError)
    /// It is not within the call's claims.
    case refused
}

/// What code in a worker may do that is not about files.
package struct Permission: Sendable {
    /// Bits of SANDBOX_GRANT_ and SANDBOX_HELD_ constants.
    package var grants: UInt32
    package var held: UInt32
    /// Whether it is a running call's.
    package var isCalls: Bool
    /// Whether it is expected to make a process for a call.
    package var mayFork: Bool

    package init(grants: UInt32, held: UInt32, isCalls: Bool, mayFork: Bool) {
        self.grants = grants
        self.held = held
        self.isCalls = isCalls
        self.mayFork = mayFork
    }
}

/// Where the attempts of a worker are told. For one thread at a time. Each attempt gets one answer.
package final class AttemptListener {
    private let descriptor: Descriptor
    private let notice: UnsafeMutablePointer<sandbox_notice>
    private let place: UnsafeMutablePointer<sandbox_place>

    package init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
        notice = .allocate(capacity: 1)
        notice.initialize(to: sandbox_notice())
        place = .allocate(capacity: 1)
        place.initialize(to: sandbox_place())
        descriptor.withNumber { sandbox_listener_prepare($0) }
    }

    deinit {
        notice.deallocate()
        place.deallocate()
    }

    package enum Hearing {
        case attempt(Attempt)
        /// The thread is gone meanwhile.
        case nothing
        /// No process is left that could attempt anything.
        case end
    }

    /// The next attempt. Waits if there is none.
    /// Whether the attempt would make a file that lends its owner's identity.
    package var lendsIdentity: Bool { sandbox_notice_lends_identity(notice) != 0 }

    package func next() -> Hearing {
        let error = descriptor.withNumber { sandbox_notice_receive($0, notice) == 0 ? 0 : errno }
        if error != 0 { return error == ENOENT ? .nothing : .end }
        let path = withUnsafePointer(to: &notice.pointee.path.0, Self.bytes)
        let other = withUnsafePointer(to: &notice.pointee.other.0, Self.bytes)
        let words = String(decoding: path, as: UTF8.self)
        return .attempt(
            Attempt(
                thread: notice.pointee.thread,
                operation: String(cString: sandbox_operation_name(notice.pointee.operation)),
                object: other.isEmpty ? words : "\(words) (and \(String(decoding: other, as: UTF8.self)))",
                file: act(other).map { act in
                    FileAttempt(
                        act, path, to: Self.hasTwoPaths(act) ? other : nil,
                        followsLast: notice.pointee.follows != 0, mode: makes(act) ? sandbox_notice_mode(notice) : 0)
                }))
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
    }

    private func act(_ other: [UInt8]) -> FileAttempt.Act? {
        let flags = notice.pointee.flags
        return switch notice.pointee.operation {
        case SANDBOX_OPERATION_READ, SANDBOX_OPERATION_WRITE: .open(OpenFlags(rawValue: Int32(bitPattern: flags)))
        case SANDBOX_OPERATION_TRUNCATE: .truncate(size: Int64(bitPattern: notice.pointee.arguments.1))
        case SANDBOX_OPERATION_REMOVE: .remove(isDirectory: flags & UInt32(AT_REMOVEDIR) != 0)
        case SANDBOX_OPERATION_RENAME: .rename(flags: flags)
        case SANDBOX_OPERATION_LINK: .link
        case SANDBOX_OPERATION_SYMLINK: .symlink(target: other)
        case SANDBOX_OPERATION_DIRECTORY: .makeDirectory
        case SANDBOX_OPERATION_NODE: .makeNode
        case SANDBOX_OPERATION_MODE, SANDBOX_OPERATION_OWNER, SANDBOX_OPERATION_TIMES, SANDBOX_OPERATION_ATTRIBUTE:
            .mend
        case SANDBOX_OPERATION_PROGRAM: .run
        default: nil
        }
    }

    private static func hasTwoPaths(_ act: FileAttempt.Act) -> Bool {
        switch act {
        case .rename, .link: true
        default: false
        }
    }

    private func makes(_ act: FileAttempt.Act) -> Bool {
        switch act {
        case .open(let flags): flags.contains(.create)
        case .makeDirectory: true
        default: false
        }
    }

    // MARK: - Looking further

    /// Whether the thread still waits: until its answer nobody else has its number.
    package var isDue: Bool { descriptor.withNumber { sandbox_notice_is_due($0, notice) != 0 } }

    /// Whether the process still is this program, so that what it does is its plugin's doing; else it has run another.
    package var isPlugins: Bool { sandbox_thread_is_plugin(notice.pointee.thread) != 0 }

    /// Whether Landlock is asked about it, where this holds (bits of SANDBOX_HELD_ constants): else nothing of it may go on.
    package func isMediated(held: UInt32) -> Bool { sandbox_notice_is_mediated(notice, held) != 0 }

    /// Whether a process would be started.
    package var startsProcess: Bool { sandbox_notice_starts(notice) != 0 }

    /// Where a path leads that is in no root.
    package enum Place {
        /// In the private directory, or nowhere that matters; with a handle, if it is to be mended.
        case own(Descriptor?)
        case failsByItself
        /// Without any link; empty if it cannot be said.
        case elsewhere([UInt8])
    }

    /// Where the path, or the other one, leads as the process sees it.
    package func find(other: Bool, privateDirectory: String?) -> Place {
        if let privateDirectory {
            privateDirectory.withCString { sandbox_notice_find(notice, other ? 1 : 0, $0, place) }
        } else {
            sandbox_notice_find(notice, other ? 1 : 0, nil, place)
        }
        switch place.pointee.kind {
        case SANDBOX_PLACE_OWN:
            let target = place.pointee.target
            return .own(target < 0 ? nil : Descriptor(owning: target))
        case SANDBOX_PLACE_FAILS: return .failsByItself
        default: return .elsewhere(withUnsafePointer(to: &place.pointee.path.0, Self.bytes))
        }
    }

    /// What the process has open that it wants to mend, and whether it may write through that. Nil if it named a path.
    package func opened() -> (handle: Descriptor, writes: Bool)? {
        var writes: Int32 = 0
        let number = sandbox_notice_opened(notice, &writes)
        return number < 0 ? nil : (Descriptor(owning: number), writes != 0)
    }

    package func isPermitted(_ permission: Permission) -> Bool {
        var given = sandbox_permission(
            grants: permission.grants, held: permission.held, is_call: permission.isCalls ? 1 : 0,
            may_fork: permission.mayFork ? 1 : 0)
        return sandbox_notice_is_permitted(notice, &given) != 0
    }

    // MARK: - Answers. If the thread is gone, nobody hears them.

    /// The kernel does it, as far as it lets the process.
    package func goOn() {
        descriptor.withNumber { _ = sandbox_notice_go_on($0, notice) }
    }

    /// It was done, or fails.
    package func answer(_ error: SystemError?) {
        descriptor.withNumber { _ = sandbox_notice_answer($0, notice, error?.number ?? 0) }
    }

    /// The process gets a copy of what was opened for it.
    package func give(_ opened: Descriptor) {
        descriptor.withNumber { listener in opened.withNumber { _ = sandbox_notice_give(listener, notice, $0) } }
    }

    /// Changes what the process wants changed of that file.
    package func mend(_ file: Descriptor) {
        let error = file.withNumber { sandbox_notice_mend(notice, $0) }
        answer(error == 0 ? nil : SystemError(error))
    }

    /// Whether it is process 1 of a namespace.
    package static func isFirst(_ thread: Int32) -> Bool { sandbox_thread_is_first(thread) != 0 }

    /// Which of some processes a thread belongs to, itself or by its ancestors: its place.
    /// The number of a thread's process; nil if it is gone.
    package static func process(of thread: Int32) -> Int32? {
        let process = sandbox_thread_process(thread)
        return process < 0 ? nil : process
    }

    package static func owner(of thread: Int32, among processes: [Int32]) -> Int? {
        let place = sandbox_thread_owner(thread, processes, processes.count)
        return place < 0 ? nil : Int(place)
    }
}

/// Whether an absolute path is one of the runtime's files, which a worker may read whatever its calls claim.
package func isRuntimeFile(_ path: [UInt8]) -> Bool {
    (path.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { path in
        path.baseAddress.map { sandbox_runtime_lists($0) != 0 } ?? false
    }
}

/// Removes a directory of the host's own with everything in it, following nothing.
package func removeScratch(_ path: String) throws(SystemError) {
    if sandbox_private_remove(path) != 0 { throw SystemError(errno) }
}

/// Makes a directory of the host's own that nobody can guess.
package func makeScratch(in directory: String) throws(SystemError) -> String {
    let path = "\(directory)/interlock-\(String(UInt64.random(in: .min ... .max), radix: 16))"
    if mkdir(path, 0o700) != 0 { throw SystemError(errno) }
    // Whether something lies in it is asked of paths without links.
    guard let real = realpath(path, nil) else { throw SystemError(errno) }
    defer { free(real) }
    return String(cString: real)
}
