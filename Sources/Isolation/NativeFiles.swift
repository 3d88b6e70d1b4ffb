import CSandbox
import Calls
import System

/// The files that calls claim, for the code of workers that uses system calls of its own: what it attempts there is decided
/// here, and done in its place.
package protocol NativeFiles: Sendable {
    /// What comes of an attempt by code with these claims, all of which it keeps until it ends.
    func perform(_ attempt: FileAttempt, _ coverage: any LockCoverage) -> FileAnswer
    /// Whether an absolute path says itself that it is there.
    func isInRoot(_ path: [UInt8]) -> Bool
    /// Absolute paths of the directories that have them.
    var rootPaths: [[UInt8]] { get }
}

/// Where a plugin only says what it is.
package struct NoNativeFiles: NativeFiles {
    package init() {}
    package func perform(_ attempt: FileAttempt, _ coverage: any LockCoverage) -> FileAnswer {
        .elsewhere(path: true, other: attempt.other != nil)
    }
    package func isInRoot(_ path: [UInt8]) -> Bool { false }
    package var rootPaths: [[UInt8]] { [] }
}

/// What holds of a worker, as its own code said before any of the plugin's had run.
struct Confinement: Sendable {
    /// Bits of SANDBOX_HELD_ constants.
    var held: UInt32 = 0

    var hasProcessNamespace: Bool { held & UInt32(SANDBOX_HELD_PID) != 0 }
}
