import CSandbox
import Glibc

/// What code in a worker wanted of the kernel that changes something: told before it happens.
package struct Attempt: Sendable {
    /// The thread, as this process numbers it.
    package var thread: Int32
    /// "write", "run a program".
    package var operation: String
    /// What it was about: a path, the family of a socket. Bytes that are not UTF-8 are shown as replacement characters.
    package var object: String
    /// Whether the process still is this program, so that what it does is its plugin's doing; else it has run another.
    package var isPlugins: Bool
}

/// What the code of an attempt may do, as the host knows it. What the kernel decides as well, it has the last word on.
package struct Permission: Sendable {
    package struct Place: Sendable {
        package var descriptor: Descriptor
        /// Bits of SANDBOX_READ and its like.
        package var access: UInt32

        package init(_ descriptor: Descriptor, access: UInt32) {
            self.descriptor = descriptor
            self.access = access
        }
    }

    /// Bits of SANDBOX_GRANT_ and SANDBOX_HELD_ constants.
    package var grants: UInt32 = 0
    package var held: UInt32 = 0
    package var mayFork = false
    package var places: [Place] = []
    /// Where everything is allowed.
    package var directory: String

    package init(directory: String) {
        self.directory = directory
    }
}

/// Where the attempts of a worker are told. For one thread at a time.
package final class AttemptListener {
    private let descriptor: Descriptor
    private let notice: UnsafeMutablePointer<sandbox_notice>

    package init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
        notice = .allocate(capacity: 1)
        notice.initialize(to: sandbox_notice())
        descriptor.withNumber { sandbox_listener_prepare($0) }
    }

    deinit { notice.deallocate() }

    package enum Hearing {
        case attempt(Attempt)
        /// The thread is gone meanwhile.
        case nothing
        /// No process is left that could attempt anything.
        case end
    }

    /// The next attempt. Waits if there is none.
    package func next() -> Hearing {
        let error = descriptor.withNumber { sandbox_notice_receive($0, notice) == 0 ? 0 : errno }
        if error != 0 { return error == ENOENT ? .nothing : .end }
        let (path, other) = withUnsafePointer(to: &notice.pointee.path.0) { path in
            withUnsafePointer(to: &notice.pointee.other.0) { (String(cString: path), String(cString: $0)) }
        }
        return .attempt(
            Attempt(
                thread: notice.pointee.thread,
                operation: String(cString: sandbox_operation_name(notice.pointee.operation)),
                object: other.isEmpty ? path : "\(path) (and \(other))",
                isPlugins: sandbox_thread_is_plugin(notice.pointee.thread) != 0))
    }

    package enum Answer {
        case allowed, refused
        /// The thread is gone.
        case none
    }

    /// Answers the attempt that was heard last.
    package func answer(_ permission: Permission) -> Answer {
        let paths = permission.places.map { place in
            sandbox_path(descriptor: place.descriptor.withNumber { $0 }, access: place.access)
        }
        let result = withExtendedLifetime(permission) {
            paths.withUnsafeBufferPointer { paths in
                permission.directory.withCString { directory in
                    var given = sandbox_permission(
                        grants: permission.grants, held: permission.held, may_fork: permission.mayFork ? 1 : 0,
                        path_count: UInt32(paths.count), paths: paths.baseAddress, private_directory: directory)
                    return descriptor.withNumber { sandbox_notice_answer($0, notice, &given) }
                }
            }
        }
        return result == 1 ? .allowed : result == 0 ? .refused : .none
    }

    /// Which of some processes a thread belongs to, itself or by its ancestors: its place.
    package static func owner(of thread: Int32, among processes: [Int32]) -> Int? {
        let place = sandbox_thread_owner(thread, processes, processes.count)
        return place < 0 ? nil : Int(place)
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
    return path
}
