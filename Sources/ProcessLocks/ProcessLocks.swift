import Calls
import System

/// Keeps the calls of all hosts of one user apart: the lock table's locks, as ranges of one file that the kernel locks.
///
///     attempt ─> [does one wait for this?] ─> lock range after range ─> [is it still the file?] ─> held ─> confirm
///                        │ yes                    │ one is taken           │ no: another file
///                        └──────────> blocked <───┘ (all are given back)   └> attempt
///
/// Locks are only tried, all or nothing, so that no two hosts wait for each other. A call that tries again *queues*: it locks
/// its ranges in the other half of the file, and nobody takes a range in whose other half another one stands. Who stands
/// there holds nothing that runs, and two who stand there do not need the same: so all of them come in as soon as those have
/// ended who were in already. But who stands there and has not tried for a second, because its host was stopped or has no room
/// to run it, keeps nobody out. Nobody begins to queue while one who needs the same has waited longer: otherwise calls on one
/// file after another could keep the queue from one who needs them all.
///
/// The kernel gives everything back when a process ends, by whatever road.
package final class ProcessLocks: Sendable {
    private struct State {
        /// Where the paths of calls were found last. It may be out of date: that shows after the locking.
        var places: Places
        /// Directories that nobody can have claimed any more when they were missing: see ``RegionHolds``.
        var settled: Set<Places.Directory> = []
        var saidReplaced = false
    }

    private static let mostDirectories = 1 << 14

    let file: LockFile
    let kernel: Kernel
    let records: HolderRecords?
    private let log: @Sendable (String) -> Void
    private let state: Guarded<State>
    /// Own bytes count from here, so that those of two hosts are different ones.
    private let firstByte = UInt32.random(in: .min ... .max)

    /// Makes the file and its directories if they are missing. `places`: those of the roots, at least. `log` gets lines for the
    /// operator, from any thread.
    package init(
        file path: String, places: Places, kernel: Kernel = Kernel(),
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(ProcessLockFailure) {
        guard places.isWhole else {
            throw ProcessLockFailure(
                problem: "the directories above the workspace, or above another root, cannot be looked at",
                help: "make them searchable for this user, or set `locks: none`: then other hosts are not kept out")
        }
        state = Guarded(State(places: places))
        self.kernel = kernel
        self.log = log
        file = try LockFile(path, kernel)
        do throws(SystemError) {
            records = try HolderRecords(beside: file.path, kernel, log: log)
        } catch {
            records = nil
            log("\(path).hosts cannot be used: \(error); nobody will be told by name for whom a call waits")
        }
    }

    /// Whether this start has found that a host of this user has ended in disorder, and may have left unfinished files
    /// anywhere.
    package var followsHostThatIsGone: Bool { records?.followsHostThatIsGone ?? false }

    /// No call may hold anything.
    package func close() { records?.close() }

    /// A call's part in this, with nothing held yet.
    package func claim(of call: CallNumber, tool: String) -> ProcessClaim {
        ProcessClaim(self, call, tool: tool, ownByte: firstByte &+ UInt32(truncatingIfNeeded: call.rawValue))
    }

    /// The ranges that a call with these locks takes, as far as is known where its paths are: for measurements.
    package func ranges(for locks: [Lock]) -> [(range: ByteRange, mode: Kernel.RangeMode)] {
        holds(for: locks).ranges(ownByte: firstByte).map { ($0.range, $0.kernelMode) }
    }

    /// What these locks come down to, as far as is known.
    func holds(for locks: [Lock], at places: Places? = nil) -> RegionHolds {
        let (known, settled) = state.withLock { ($0.places, $0.settled) }
        return RegionHolds(locks, at: places ?? known, settled: settled, guards: kernel.guards)
    }

    func settle(_ directories: Set<Places.Directory>) {
        let lasting = directories.filter { $0.born != 0 }
        if lasting.isEmpty { return }
        state.withLock { state in
            if state.settled.count > Self.mostDirectories { state.settled.removeAll() }
            state.settled.formUnion(lasting)
        }
    }

    func learn(_ places: Places, of locks: [Lock]) {
        state.withLock { state in
            if state.places.count > Self.mostDirectories { state.places = places }
            state.places.learn(places, on: locks.lazy.map(\.key).filter(\.isPath))
        }
    }

    func noticeReplacement() {
        let isFirst = state.withLock { state in
            defer { state.saidReplaced = true }
            return !state.saidReplaced
        }
        guard isFirst else { return }
        let path = String(decoding: file.path, as: UTF8.self)
        log(
            "the lock file \(path) was removed or replaced while this host ran: calls that began before are not kept apart "
                + "from those of other hosts. Leave the file where it is.")
    }
}
