import Calls
import System

/// A process that is ready for one call.
final class CallProcess: Sendable {
    struct Ends: Sendable {
        let socket: Descriptor
        /// The call should stop when the last end of this is closed.
        let cancelling: Descriptor
    }

    /// The call that it serves, and what that may do.
    struct Use: Sendable {
        let services: any CallServices
        let permission: Permission
    }

    let ticket: UInt64
    let socket: Descriptor
    let handle: ProcessHandle
    /// As this process sees it; nil if it was gone before it could be asked.
    let number: Int32?
    /// What it may fill as it likes.
    let directory: String
    private let cancelling: Guarded<Descriptor?>
    private let use = Guarded<Use?>(nil)

    init(ticket: UInt64, _ ends: Ends, _ handle: ProcessHandle, directory: String) {
        self.ticket = ticket
        socket = ends.socket
        cancelling = Guarded(ends.cancelling)
        self.handle = handle
        number = handle.number
        self.directory = directory
    }

    func begin(_ use: Use) {
        self.use.withLock { $0 = use }
    }

    /// What is attempted from now on is no call's. An attempt that was answered before is recorded when this returns.
    func end() {
        use.withLock { $0 = nil }
    }

    /// Whatever is answered and recorded meanwhile belongs to the call that it serves now.
    func withUse<Result>(_ body: (Use?) -> Result) -> Result {
        use.withLock { body($0) }
    }

    /// Tells the code that it should stop.
    func cancel() {
        cancelling.withLock { $0 = nil }
    }

    /// Ends it at once. Nobody waits for it on its socket any more, whoever has a copy of the other end.
    func kill() {
        handle.kill()
        socket.hangUp()
    }
}
