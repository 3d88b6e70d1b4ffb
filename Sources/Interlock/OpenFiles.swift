import System

/// How many open files calls need, and how many calls the open files carry that this process may have. Beyond that a worker
/// cannot be heard, and what it was refused looks like what it must not do.
package enum OpenFiles {
    /// A call that runs has its ranges of the lock file, directories on its way, the file that it writes, and its process.
    private static let ofCall: UInt64 = 8
    private static let ofHost: UInt64 = 64

    /// For so many calls at once.
    package static func needed(jobs: Int) -> UInt64 { ofHost + UInt64(clamping: jobs) * ofCall }

    /// At least one call: it may do with less than it may need.
    static func jobs(_ wanted: Int, within limit: UInt64?) -> Int {
        guard let limit, limit < needed(jobs: wanted) else { return wanted }
        return limit < needed(jobs: 1) ? 1 : Int((limit - ofHost) / ofCall)
    }

    /// The calls that can run at once of those that the operator lets; if these are fewer, in words.
    static func carried(_ wanted: Int, log: @Sendable (LogLevel, String) -> Void) -> Int {
        let limit = ResourceLimit.descriptors.current
        let jobs = jobs(wanted, within: limit)
        if let limit, jobs < wanted {
            log(
                .warning,
                "at most \(jobs) of \(wanted) calls run at once: this process may have \(limit) open files. "
                    + "Allow \(needed(jobs: wanted)) (`ulimit -n`), or set `limits: jobs:` lower.")
        }
        return jobs
    }
}
