import Calls
import System

/// One call's ranges of the lock file, on an opening of its own: the kernel does not count locks, so that what two calls
/// lock on one opening the first of them would unlock for both.
package final class ProcessClaim: Sendable {
    /// What another process, or another call, has in its way.
    package struct Blockage: Sendable {
        /// Where in the file: calls that are stopped at one place wait for one and the same.
        package var place: UInt64
        /// Which of the call's own locks it concerns.
        package var lock: Lock
        package var holder: OtherHolder?
        /// When the call was stopped for the first time: who has waited longer comes first.
        package var since: UInt64
    }

    private struct State {
        var opening: LockFile.Opening?
        /// Where the paths were found after the locking.
        var places: Places?
        var holds = RegionHolds([], at: Places())
        var isHeld = false
        var isQueued = false
        /// When it was stopped for the first time.
        var waitsSince: UInt64?
        /// Where it tells what it does, and what it has told there.
        var slot: HolderRecords.Slot?
        var told: HolderRecord.State?
    }

    /// A file that is replaced again and again is no lock file.
    private static let mostReplacements = 8
    /// What was in the way may be gone when we look who it was.
    private static let mostVanishings = 4
    /// How often it is tried, as long as nobody says that it has what is in the way.
    private static let mostLooks = 8

    private let owner: ProcessLocks
    private let call: CallNumber
    private let tool: String
    private let ownByte: UInt32
    /// Held during system calls on the lock file, which do not wait.
    private let state = Guarded(State())

    private var kernel: Kernel { owner.kernel }

    init(_ owner: ProcessLocks, _ call: CallNumber, tool: String, ownByte: UInt32) {
        self.owner = owner
        self.call = call
        self.tool = tool
        self.ownByte = ownByte
    }

    /// Takes all ranges that the locks come down to, or none. `queues`: if it is stopped, nobody who comes later gets what
    /// it needs, until it has it or `giveBack` is called; unless another one who needs the same has waited longer. Where the
    /// paths are is believed until `confirm`.
    package func attempt(_ locks: [Lock], queues: Bool) throws(ProcessLockFailure) -> Blockage? {
        let holds = owner.holds(for: locks)
        let ranges = holds.ranges(ownByte: ownByte)
        var found: (Obstacle, [HolderRecords.Told], OtherHolder?)?
        for look in 1...Self.mostLooks {
            let obstacle = try state.withLock { state throws(ProcessLockFailure) in
                precondition(!state.isHeld, "\(self.call) holds its ranges already")
                state.holds = holds
                return try self.take(ranges, &state)
            }
            guard let obstacle else { return nil }
            let told = owner.records?.told() ?? []
            // Who has it says so before and after. If nobody does, it has been given back meanwhile.
            let holder = told.holder(of: obstacle.found, besides: ownByte, orWhoMay: look == Self.mostLooks)
            found = (obstacle, told, holder)
            if holder != nil || owner.records == nil { break }
            giveWay()
        }
        guard let (obstacle, told, holder) = found else { return nil }
        let since = try state.withLock { state throws(ProcessLockFailure) in
            try self.wait(ranges, queues: queues, told, &state)
        }
        return Blockage(
            place: obstacle.found.start, lock: locks[obstacle.mine.lock], holder: holder, since: since)
    }

    /// Whether what was locked is what had to be, now that nobody changes it any more: `places` are those that were found
    /// after the locking. If not, they are remembered for the next attempt.
    package func confirm(_ locks: [Lock], at places: Places) -> Bool {
        guard places.isWhole else { return false }
        let wanted = owner.holds(for: locks, at: places)
        let passed = state.withLock { state -> Set<Places.Directory>? in
            guard state.isHeld, state.holds.covers(wanted) || !kernel.guards.has(.confirmedPlaces) else { return nil }
            state.places = places
            return state.holds.passed
        }
        if let passed {
            if !passed.isEmpty { owner.settle(passed) }
            return true
        }
        owner.learn(places, of: locks)
        return false
    }

    /// The opening on which all is locked, as long as it is held; nil = nothing is. Whoever gets a copy keeps it locked, also
    /// when this process is gone.
    package var opened: Int32? {
        guard kernel.guards.has(.keptBeyondHost) else { return nil }
        return state.withLock { $0.isHeld ? $0.opening?.descriptor.withNumber { $0 } : nil }
    }

    /// Keeps only what these locks need; they must be fewer than before, or weaker.
    package func narrow(to locks: [Lock]) {
        state.withLock { state in
            guard state.isHeld, let opening = state.opening else { return }
            let kept = state.holds.common(with: owner.holds(for: locks, at: state.places))
            do throws(SystemError) {
                try weaken(state.holds, to: kept, opening)
                state.holds = kept
            } catch {
                // Too much is held until the end: that costs others time and nothing else.
            }
            tell(.holds, &state)
        }
    }

    /// Gives everything back, the place in the queue too. Only since when it has waited is not forgotten.
    package func giveBack() {
        state.withLock { state in
            if let opening = state.opening { release(opening) }
            tellNothing(&state)
            state = State(waitsSince: state.waitsSince)
        }
    }
}

// MARK: - Taking

extension ProcessClaim {
    private typealias Obstacle = (mine: HeldRange, found: ByteRange)

    private enum Attempt {
        case held
        case stopped(Obstacle)
        /// It was not the file in which others look.
        case replaced
    }

    private func take(_ ranges: [HeldRange], _ state: inout State) throws(ProcessLockFailure) -> Obstacle? {
        // Before it has them: whoever finds them taken finds the name too.
        if state.told == nil { tell(.holds, &state) }
        for _ in 0..<Self.mostReplacements {
            let opening: LockFile.Opening
            if let kept = state.opening { opening = kept } else { opening = try owner.file.open() }
            let attempt: Attempt
            do throws(SystemError) {
                attempt = try take(ranges, opening, &state)
            } catch {
                throw failure(error, &state)
            }
            switch attempt {
            case .held: return nil
            case .stopped(let obstacle): return obstacle
            case .replaced: owner.noticeReplacement()
            }
        }
        throw owner.file.failure("it is replaced all the time")
    }

    private func take(
        _ ranges: [HeldRange], _ opening: LockFile.Opening, _ state: inout State
    ) throws(SystemError) -> Attempt {
        if let obstacle = try lock(ranges, opening, isQueued: state.isQueued) {
            if !state.isQueued { owner.file.giveBack(opening) }
            return .stopped(obstacle)
        }
        let wasQueued = state.isQueued
        state.isQueued = false
        state.opening = nil
        guard owner.file.isCurrent(opening) || !kernel.guards.has(.currentLockFile) else { return .replaced }
        if wasQueued { try kernel.unlock(.from(Region.waiting), of: opening.descriptor) }
        state.opening = opening
        state.isHeld = true
        if state.told != .holds { tell(.holds, &state) }
        return .held
    }

    /// Unless it was the first try: tells that it waits, and queues if it is its turn to. Returns since when it has waited.
    private func wait(
        _ ranges: [HeldRange], queues: Bool, _ told: [HolderRecords.Told], _ state: inout State
    ) throws(ProcessLockFailure) -> UInt64 {
        let since = state.waitsSince ?? monotonicNow()
        state.waitsSince = since
        guard queues else {
            tellNothing(&state)
            return since
        }
        let isOlderOne = kernel.guards.has(.oldestQueuesFirst) && told.hasOlder(than: record(.waits, state))
        if !state.isQueued, !isOlderOne {
            let opening = try owner.file.open()
            do throws(SystemError) {
                if try queue(ranges, opening) {
                    state.opening = opening
                    state.isQueued = true
                } else {
                    owner.file.giveBack(opening)
                }
            } catch {
                throw failure(error, &state)
            }
        }
        tell(.waits, &state)
        return since
    }

    /// The opening is closed when the state that had it is gone, and whatever it has locked is free then.
    private func failure(_ error: SystemError, _ state: inout State) -> ProcessLockFailure {
        tellNothing(&state)
        state = State()
        return owner.file.failure("its ranges cannot be locked: \(error)")
    }

    private func tell(_ kind: HolderRecord.State, _ state: inout State) {
        state.slot = owner.records?.tell(record(kind, state), in: state.slot)
        state.told = kind
    }

    private func tellNothing(_ state: inout State) {
        if let slot = state.slot { owner.records?.clear(slot) }
        (state.slot, state.told) = (nil, nil)
    }

    private func record(_ kind: HolderRecord.State, _ state: State) -> HolderRecord {
        let now = monotonicNow()
        let since = kind == .waits ? state.waitsSince ?? now : now
        return HolderRecord(
            state: kind, call: call, tool: tool, since: since, told: now, ownByte: ownByte, regions: state.holds.words)
    }

    /// All, or nothing and what is in the way.
    private func lock(
        _ ranges: [HeldRange], _ opening: LockFile.Opening, isQueued: Bool
    ) throws(SystemError) -> Obstacle? {
        if !isQueued, kernel.guards.has(.waitersFirst), let obstacle = try waiter(for: ranges, opening) {
            return obstacle
        }
        var vanished = 0
        var next = 0
        while next < ranges.count {
            let wanted = ranges[next]
            do throws(SystemError) {
                try kernel.lock(wanted.range, of: opening.descriptor, wanted.kernelMode)
                next += 1
            } catch .wouldBlock {
                let found = try kernel.rangeInTheWay(of: wanted.range, of: opening.descriptor, wanted.kernelMode)
                vanished += 1
                if found == nil, vanished < Self.mostVanishings { continue }
                try kernel.unlock(ByteRange(start: 0, count: Region.waiting), of: opening.descriptor)
                return (wanted, found ?? wanted.range)
            }
        }
        return nil
    }

    /// Somebody who waits for one of the ranges, was first, and still comes.
    private func waiter(for ranges: [HeldRange], _ opening: LockFile.Opening) throws(SystemError) -> Obstacle? {
        // Mostly nobody waits for anything.
        guard try kernel.rangeInTheWay(of: .from(Region.waiting), of: opening.descriptor, .exclusive) != nil else {
            return nil
        }
        for range in ranges {
            var rest = range.waiting
            while let found = try kernel.rangeInTheWay(of: rest, of: opening.descriptor, range.kernelMode) {
                // Without records everybody is believed to come.
                let told = owner.records?.told() ?? []
                if told.hasComing(found, besides: ownByte, at: monotonicNow()) { return (range, found) }
                guard found.end < rest.end else { break }
                rest = ByteRange(start: found.end, count: rest.end - found.end)
            }
        }
        return nil
    }

    /// Stands in the other half of the file, if nobody stands there who needs the same.
    private func queue(_ ranges: [HeldRange], _ opening: LockFile.Opening) throws(SystemError) -> Bool {
        for range in ranges {
            do throws(SystemError) {
                try kernel.lock(range.waiting, of: opening.descriptor, range.kernelMode)
            } catch .wouldBlock {
                try kernel.unlock(.from(Region.waiting), of: opening.descriptor)
                return false
            }
        }
        return true
    }

    // MARK: - Giving back

    private func release(_ opening: LockFile.Opening) {
        do throws(SystemError) {
            try kernel.unlock(.from(0), of: opening.descriptor)
            owner.file.giveBack(opening)
        } catch {
            // Closing it, when nobody has it any more, frees everything all the same.
        }
    }

    /// Never takes anything that is not held: a weaker mode in place of a stronger one is always to be had.
    private func weaken(
        _ held: RegionHolds, to kept: RegionHolds, _ opening: LockFile.Opening
    ) throws(SystemError) {
        for (region, hold) in held.holds where kept.holds[region]?.isSame(as: hold) != true {
            let end = region.start + Region.size
            var free = region.start
            let still = kept.ranges(ownByte: ownByte, of: region)
            for range in still {
                try kernel.lock(range.range, of: opening.descriptor, range.kernelMode)
                if free < range.range.start {
                    try kernel.unlock(ByteRange(start: free, count: range.range.start - free), of: opening.descriptor)
                }
                free = range.range.end
            }
            if free < end { try kernel.unlock(ByteRange(start: free, count: end - free), of: opening.descriptor) }
        }
    }
}
