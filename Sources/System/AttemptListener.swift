import CSandbox
import Glibc

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

    /// The next attempt. Does not wait if there is none.
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
                }, grant: grant))
    }

    private var grant: Attempt.Grant? {
        switch notice.pointee.operation {
        case SANDBOX_OPERATION_PROGRAM, SANDBOX_OPERATION_PROCESS: .programs
        case SANDBOX_OPERATION_SOCKET: .network
        default: nil
        }
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
    }

    private func act(_ other: [UInt8]) -> FileAttempt.Act? {
        let flags = notice.pointee.flags
        return switch notice.pointee.operation {
        case SANDBOX_OPERATION_READ, SANDBOX_OPERATION_WRITE: .open(OpenFlags(rawValue: Int32(bitPattern: flags)))
        case SANDBOX_OPERATION_TRUNCATE:
            .truncate(
                size: Int64(bitPattern: notice.pointee.arguments.1), most: sandbox_notice_largest_file(notice))
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

    /// By which the attempt has to fail, whatever it is about: a path that is longer than paths may be.
    package var failure: SystemError? { notice.pointee.error == 0 ? nil : SystemError(notice.pointee.error) }

    /// Whether it would make a file that lends its owner's identity.
    package var lendsIdentity: Bool { sandbox_notice_lends_identity(notice) != 0 }

    /// Whether a process would be started.
    package var startsProcess: Bool { sandbox_notice_starts(notice) != 0 }

    /// Where a path leads that is in no root.
    package enum Place {
        /// In the private directory, or nowhere that matters; with a handle, if it is to be mended.
        case own(Descriptor?)
        /// By that, as far as can be seen from here.
        case failsByItself(SystemError)
        /// Without any link; empty if it cannot be said.
        case elsewhere([UInt8])
    }

    /// Whether what the path, or the other one, begins at is what it is called after, as the process sees it.
    package func beginsThere(other: Bool, privateDirectory: String) -> Bool {
        sandbox_notice_begins_there(notice, other ? 1 : 0, privateDirectory) != 0
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
        case SANDBOX_PLACE_FAILS: return .failsByItself(SystemError(place.pointee.error))
        default: return .elsewhere(withUnsafePointer(to: &place.pointee.path.0, Self.bytes))
        }
    }

    /// What the process has open that it wants to mend, and whether it may write through that. Nil if it named a path.
    package func opened() -> (handle: Descriptor, writes: Bool)? {
        var writes: Int32 = 0
        let number = sandbox_notice_opened(notice, &writes)
        return number < 0 ? nil : (Descriptor(owning: number), writes != 0)
    }

    /// Whether what is not about files may go on.
    ///
    /// - Parameters:
    ///   - grants: Bits of SANDBOX_GRANT_ constants.
    ///   - held: Bits of SANDBOX_HELD_ constants.
    ///   - isCalls: Whether it is a running call's.
    ///   - mayFork: Whether it is expected to make a process for a call.
    package func isPermitted(grants: UInt32, held: UInt32, isCalls: Bool, mayFork: Bool) -> Bool {
        var given = sandbox_permission(
            grants: grants, held: held, is_call: isCalls ? 1 : 0, may_fork: mayFork ? 1 : 0)
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

    // MARK: - Threads, as this process numbers them

    /// Whether it is process 1 of a namespace.
    package static func isFirst(_ thread: Int32) -> Bool { sandbox_thread_is_first(thread) != 0 }

    /// The number of its process; nil if it is gone.
    package static func process(of thread: Int32) -> Int32? {
        let process = sandbox_thread_process(thread)
        return process < 0 ? nil : process
    }

    /// Which of some processes it belongs to, itself or by its ancestors: its place.
    package static func owner(of thread: Int32, among processes: [Int32]) -> Int? {
        let place = sandbox_thread_owner(thread, processes, processes.count)
        return place < 0 ? nil : Int(place)
    }
}
