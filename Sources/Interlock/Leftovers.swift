import System
import Workspace

/// The temporary files of hosts that were killed, which cannot remove them themselves: removed once, beside the calls.
///
/// To look through a large tree takes longer than many a host lives. So the looking ends with the host, unless a host is known
/// to be gone: then its end waits until all has been looked through.
final class Leftovers: Sendable {
    private enum Stage {
        case waiting, running, over
    }

    private let workspace: Workspace
    /// Whether a host has left something, as far as is known.
    private let isKnown: Bool
    private let log: @Sendable (LogLevel, String) -> Void
    private let stage = Monitor(Stage.waiting)
    private let isCancelled = CancelSignal()

    init(_ workspace: Workspace, isKnown: Bool, log: @escaping @Sendable (LogLevel, String) -> Void) {
        self.workspace = workspace
        self.isKnown = isKnown
        self.log = log
    }

    /// Does nothing the second time.
    func remove() {
        let isFirst = stage.change { stage in
            guard case .waiting = stage else { return false }
            stage = .running
            return true
        }
        guard isFirst else { return }
        let (count, failure) = workspace.reapTemporaryFiles { [isCancelled] in isCancelled.isRaised }
        if count > 0 { log(.info, "removed \(count) temporary files of hosts that are gone") }
        if let failure {
            log(.warning, "not all temporary files of hosts that are gone could be removed: \(failure)")
        }
        stage.updateAndWakeAll { $0 = .over }
    }

    /// The host ends.
    func end() {
        guard isKnown else { return _ = isCancelled.raise() }
        // It may not have begun, and may never: there is not always a thread for it.
        remove()
        stage.wait(until: nil) { stage in
            if case .over = stage { return () }
            return nil
        }
    }
}
