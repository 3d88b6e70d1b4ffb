import Foundation

/// Where tests run the bundled plugins: what they show for one place must hold for the other.
package enum TestedIsolation {
    /// `INTERLOCK_TEST_ISOLATION`: worker, or in-process, which is faster.
    package static var name: String {
        ProcessInfo.processInfo.environment["INTERLOCK_TEST_ISOLATION"] ?? "in-process"
    }

    /// So many random turns where each host is one more process to start; in-process all.
    package static func share(_ count: UInt64) -> UInt64 {
        name == "worker" ? max(count / 6, 2) : count
    }
}
