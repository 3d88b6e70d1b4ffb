import Glibc

/// What the kernel lets this process, or this user, have at once.
package enum ResourceLimit: String, Sendable {
    case descriptors, processes
    case fileSize = "file size"

    /// What is in force now; nil = unlimited.
    package var current: UInt64? {
        let resource =
            switch self {
            case .descriptors: RLIMIT_NOFILE
            case .processes: __RLIMIT_NPROC
            case .fileSize: RLIMIT_FSIZE
            }
        var limit = rlimit()
        guard getrlimit(Int32(resource.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max else { return nil }
        return UInt64(limit.rlim_cur)
    }
}
