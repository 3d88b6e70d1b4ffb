import CInterlock
import Calls
import Locking

/// A plugin whose tools can be called, in this process or in one of its own. Only values and ``CallServices`` cross: whoever
/// uses one cannot tell whether the plugin shares its memory, but by what it promises.
package protocol LoadedPlugin: AnyObject, Sendable {
    var file: String { get }
    var id: String { get }
    var version: String { get }
    var tools: [Tool] { get }

    /// Whether ``kill(_:)`` ends a call that does not stop. One that cannot be killed can only be given up on.
    var canKill: Bool { get }

    /// Gets the plugin ready for calls. [main: once at a time]
    func start(configuration: String) throws(LoadFailure)

    /// No call runs or will run until the next start; the caller has seen to that. [main]
    func quiesce()

    /// Runs one call, and returns when it is over: nothing of it runs any more. On a thread with 1 MiB of stack. What the tool
    /// says on the way goes to `services`.
    ///
    /// - Parameter arguments: JSON that has been validated against the tool's input schema.
    func invoke(_ grant: Grant, tool: String, arguments: String, services: any CallServices) -> Completion

    /// Gives the tool its hint that a call should stop, if it runs and the tool wants one. From any thread; the call's
    /// services must say `isCancelled` already.
    func cancel(_ call: CallNumber)

    /// Ends the call's code at once, whatever it does; `invoke` returns when it is gone. From any thread.
    func kill(_ call: CallNumber)
}

/// How a tool's code came to its end, and what was promised while it ran. What it said is with the call's services, and so is
/// whether it kept to its claims.
package struct Completion: Sendable, Equatable {
    package enum End: Sendable, Equatable {
        /// A status of interlock.h; what it does not list counts as an internal fault.
        case returned(Int32)
        /// Its process ended without an answer, or with one that makes no sense: in words.
        case crashed(String)
        /// ``LoadedPlugin/kill(_:)`` ended it.
        case killed
        /// None of its code ran: in words.
        case refused(String)
    }

    package var end: End
    package var enforcement: Enforcement?

    package init(_ end: End, _ enforcement: Enforcement?) {
        if case .returned(let status) = end, status != ILK_OK, ServiceError.Code(rawValue: status) == nil {
            self.end = .returned(ServiceError.Code.internal.rawValue)
        } else {
            self.end = end
        }
        self.enforcement = enforcement
    }

    /// Code of this process that returned.
    package init(status: Int32) {
        self.init(.returned(status), .advisory)
    }

    /// 0 if the tool says that it succeeded; anything else has a ``code``.
    package var status: Int32 {
        if case .returned(let status) = end { status } else { ServiceError.Code.internal.rawValue }
    }

    package var code: ServiceError.Code? { ServiceError.Code(rawValue: status) }
}
