import Calls
import Locking

/// A call, and the ways to run it, stop it and answer it. All may be used on any thread.
///
/// An object of whoever submits it, and not a value full of closures: there is one for each call that waits.
package protocol Job: AnyObject, Sendable {
    var turn: TurnNumber { get }
    var place: Int { get }
    var tool: String { get }
    var plugin: String { get }
    var demands: [Demand] { get }
    /// Nanoseconds; nil = no limit.
    var time: UInt64? { get }
    /// Whether ``kill()`` is of use. A call that cannot be killed can only be given up on.
    var canBeKilled: Bool { get }
    /// Told of what becomes of the call, one event after another.
    var observe: (@Sendable (Event) -> Void)? { get }

    /// It has a number, so that it can be cancelled. Returns why it must be at once, if it must. Called under the scheduler's lock:
    /// before this nothing is decided of the call, and nothing is told of it.
    func entered(as call: CallNumber) -> String?
    /// Runs the call's code on the calling thread. Once at most.
    func run(_ grant: Grant) -> Outcome
    /// Asks the code to stop, also if it has not begun. Must not block.
    func signal()
    /// Ends the code, wherever it is, so that `run` returns. Must not block.
    func kill()
    /// The code did not stop: nothing that it does from now on counts.
    func abandon()
    /// The call's one answer.
    func settle(_ outcome: Outcome)
}

extension Job {
    package func entered(as call: CallNumber) -> String? { nil }
}
