import Glibc

/// What the kernel lets this process, or this user, have at once.
package enum ResourceLimit: String, Sendable {
    case descriptors, processes
    case fileSize = "file size"

    /// What is in force now; nil = unlimited.
    package var current: UInt64? { Self.bytes(limits?.rlim_cur) }

    /// As high as this process may raise it; nil = unlimited.
    package var highest: UInt64? { Self.bytes(limits?.rlim_max) }

    private var limits: rlimit? {
        var limit = rlimit()
        return getrlimit(number, &limit) == 0 ? limit : nil
    }

    private var number: Int32 {
        let resource =
            switch self {
            case .descriptors: RLIMIT_NOFILE
            case .processes: __RLIMIT_NPROC
            case .fileSize: RLIMIT_FSIZE
            }
        return Int32(resource.rawValue)
    }

    private static func bytes(_ limit: rlim_t?) -> UInt64? {
        limit.flatMap { $0 == rlim_t.max ? nil : UInt64($0) }
    }
}

// MARK: - Open files

extension ResourceLimit {
    private static let descriptorsBefore = Guarded<UInt64?>(nil)

    /// Lets this process have as many open files as the system allows it. For a program of its own, when it starts: others that
    /// are in the process may count on low numbers.
    package static func raiseDescriptors() {
        guard var limit = descriptors.limits, limit.rlim_cur < limit.rlim_max else { return }
        let before = UInt64(limit.rlim_cur)
        limit.rlim_cur = limit.rlim_max
        // Without it there are as many as before.
        if setrlimit(descriptors.number, &limit) == 0 { descriptorsBefore.withLock { $0 = $0 ?? before } }
    }

    /// What a process that this one starts should have: what this one was started with. Nil if nothing was raised.
    package static var descriptorsOfOthers: UInt64? { descriptorsBefore.withLock { $0 } }
}
