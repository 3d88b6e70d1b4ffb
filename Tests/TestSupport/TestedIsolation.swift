import Foundation

/// Where tests run the bundled plugins: what they show for one place must hold for the other.
package enum TestedIsolation {
    /// `INTERLOCK_TEST_ISOLATION`: worker, or in-process, which is faster.
    package static var name: String {
        ProcessInfo.processInfo.environment["INTERLOCK_TEST_ISOLATION"] ?? "in-process"
    }
}
