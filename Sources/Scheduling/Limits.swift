/// How much may run and wait at once, and for how long. Times are nanoseconds.
package struct Limits: Sendable {
    package var jobs: Int
    package var perPlugin: [String: Int]
    package var perTool: [String: Int]
    /// Calls that wait; more are refused.
    package var queue: Int
    package var wait: UInt64
    /// After its time, or a cancel: how long a call may take to return before it is killed, or abandoned where it
    /// cannot be.
    package var grace: UInt64

    package init(
        jobs: Int = 64, perPlugin: [String: Int] = [:], perTool: [String: Int] = [:], queue: Int = 10_000,
        wait: UInt64 = 600_000_000_000, grace: UInt64 = 5_000_000_000
    ) {
        self.jobs = jobs
        self.perPlugin = perPlugin
        self.perTool = perTool
        self.queue = queue
        self.wait = wait
        self.grace = grace
    }
}
