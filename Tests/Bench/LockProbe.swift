import Calls
import Foundation
import Locking
import ProcessLocks
import System
import Workspace

/// What it costs a call to keep other processes out, without the call: the same steps as the scheduler's, and beside them
/// the bare system calls for the same ranges.
final class LockProbe {
    private let workspace: Workspace
    private let processLocks: ProcessLocks
    private let paths: [PathDemand]
    private let locks: [Lock]
    private let kernel = Kernel()
    private let ranges: [(range: ByteRange, mode: Kernel.RangeMode)]
    private let bare: Descriptor
    private var rounds: UInt64 = 0

    init(_ setting: Setting, claims: Int) throws {
        let root = setting.directory + "/workspace"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        for number in 0..<claims { try Data().write(to: URL(fileURLWithPath: "\(root)/\(number)")) }
        paths = (0..<claims).map { PathDemand("\($0)", .exclusive, .exact) }
        workspace = try Workspace(root: root)
        processLocks = try ProcessLocks(file: setting.directory + "/locks", places: workspace.places(of: [])) {
            print($0)
        }
        let walks = paths.map(workspace.look)
        let call = CallNumber(1)
        var table = LockTable()
        _ = table.enter(call, Footprint(paths.map { Demand(.path($0)) }, walks: walks, of: call, in: table).locks)
        locks = table.locks(of: call)
        // The first attempt learns where the paths are, the second that nobody knows them as missing.
        for _ in 0..<2 {
            let claim = processLocks.claim(of: call, tool: "bench")
            guard try claim.attempt(locks, queues: false) == nil else { throw BenchFailure("somebody has the ranges") }
            _ = claim.confirm(locks, at: workspace.places(of: walks))
            claim.giveBack()
        }
        ranges = processLocks.ranges(for: locks)
        // Where nobody else is.
        bare = try kernel.open(trusted: Array("\(setting.directory)/bare".utf8), .keep(mode: 0o600))
    }

    deinit { processLocks.close() }

    /// Locked and given back.
    func round() throws {
        rounds += 1
        let claim = processLocks.claim(of: CallNumber(rounds), tool: "bench")
        guard try claim.attempt(locks, queues: false) == nil else { throw BenchFailure("somebody has the ranges") }
        claim.giveBack()
    }

    /// The same ranges, by system calls alone.
    func bareRound() throws {
        for (range, mode) in ranges { try kernel.lock(range, of: bare, mode) }
        try kernel.unlock(.from(0), of: bare)
    }
}
