import Calls
import System

/// A process that is ready for one call.
final class CallProcess: Sendable {
    struct Ends: Sendable {
        let socket: Descriptor
        /// The call should stop when the last end of this is closed.
        let cancelling: Descriptor
    }

    let ticket: UInt64
    let socket: Descriptor
    let handle: ProcessHandle
    /// As this process sees it; nil if it was gone before it could be asked.
    let number: Int32?
    /// What it may fill as it likes.
    let directory: String
    private let cancelling: Guarded<Descriptor?>
    /// The call that it serves.
    private let party = Guarded<Party?>(nil)

    init(ticket: UInt64, _ ends: Ends, _ handle: ProcessHandle, directory: String) {
        self.ticket = ticket
        socket = ends.socket
        cancelling = Guarded(ends.cancelling)
        self.handle = handle
        number = handle.number
        self.directory = directory
    }

    func begin(_ services: any CallServices, _ grants: WorkerOptions.Grants) {
        let call = Party(call: services, grants: grants, directory: directory, isCalls: true)
        party.withLock { $0 = call }
    }

    /// What is attempted from now on is no call's. An attempt that was answered before is recorded when this returns.
    func end() {
        party.withLock { $0 = nil }
    }

    /// Whatever is answered and recorded meanwhile belongs to the call that it serves now.
    func withParty<Result>(_ body: (Party?) -> Result) -> Result {
        party.withLock { body($0) }
    }

    var isServing: Bool { withParty { $0 != nil } }

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
