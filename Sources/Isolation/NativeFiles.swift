import Calls
import System

/// The files that calls claim, for the code of workers that uses system calls of its own: what it attempts there is decided
/// here, and done in its place.
package protocol NativeFiles: Sendable {
    /// What comes of an attempt by code with these claims, all of which it keeps until it ends.
    func perform(_ attempt: FileAttempt, _ coverage: any LockCoverage) -> AttemptAnswer
    /// Whether an absolute path says itself that it is there.
    func isInRoot(_ path: [UInt8]) -> Bool
    /// Absolute paths of the directories that have them.
    var rootPaths: [[UInt8]] { get }
}

/// Where a plugin only says what it is.
package struct NoNativeFiles: NativeFiles {
    package init() {}
    package func perform(_ attempt: FileAttempt, _ coverage: any LockCoverage) -> AttemptAnswer {
        .elsewhere(path: true, other: attempt.other != nil)
    }
    package func isInRoot(_ path: [UInt8]) -> Bool { false }
    package var rootPaths: [[UInt8]] { [] }
}
