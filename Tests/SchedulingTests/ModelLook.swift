import Calls
import Scheduling

/// A look that takes its time.
struct ModelLook {
    var epoch: UInt64
    var walkers: [Walker]
    var walks: [PathWalk] = []

    init(_ call: ModelCall, epoch: UInt64) {
        self.epoch = epoch
        walkers = call.pathDemands.map {
            Walker(MemoryFileSystem.Path(bytes: $0.path ?? []), followingLast: $0.followsLast)
        }
    }

    /// One component further. False when there is nothing more to see.
    mutating func step(in system: MemoryFileSystem) -> Bool {
        guard walks.count < walkers.count else { return false }
        if let end = walkers[walks.count].step(in: system) { walks.append(PathWalk(end, in: system)) }
        return true
    }
}
