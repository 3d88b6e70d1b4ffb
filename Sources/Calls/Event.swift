/// What happened to a call, for people and programs that watch. Recorded, drawn, never read back by the scheduler.
package struct Event: Sendable {
    package enum Kind: Sendable {
        /// Entered the lock table. `waitsFor` is empty when nothing was in its way.
        case ingested(waitsFor: [Obstacle])
        /// A provisional claim shrank to what the path turned out to mean.
        case narrowed(waitsFor: [Obstacle])
        /// All claims are held; it may still wait for a slot.
        case granted
        /// It had its turn, but another process has what it needs. Told again when that is another one.
        case blocked(Blockade)
        case started
        case progress(done: Double, total: Double, message: String)
        case released(claim: Int)
        case ended(Outcome, Enforcement?)
    }

    package var call: CallNumber
    /// The call's place in its turn, from 0.
    package var place: Int
    package var turn: TurnNumber
    /// Nanoseconds of the monotonic clock.
    package var time: UInt64
    package var kind: Kind

    package init(call: CallNumber, place: Int, turn: TurnNumber, time: UInt64, kind: Kind) {
        self.call = call
        self.place = place
        self.turn = turn
        self.time = time
        self.kind = kind
    }
}

/// One reason why a call waits: an earlier call, and the resource that both need.
package struct Obstacle: Sendable, Hashable {
    package var call: CallNumber
    /// In words: "src/a.swift", "names in plans/", "everything below src/", "pool agents".
    package var resource: String
    /// What the earlier call holds or will hold.
    package var mode: Mode

    package init(call: CallNumber, resource: String, mode: Mode) {
        self.call = call
        self.resource = resource
        self.mode = mode
    }
}

/// Why a granted call does not start: another process, another host that is, has what it needs.
package struct Blockade: Sendable, Hashable {
    /// In words, like those of an ``Obstacle``.
    package var resource: String
    /// What the call itself needs it for.
    package var mode: Mode
    /// nil: the other process does not say who it is.
    package var holder: OtherHolder?

    package init(resource: String, mode: Mode, holder: OtherHolder?) {
        self.resource = resource
        self.mode = mode
        self.holder = holder
    }
}

/// A call of another host, as that host tells of it.
package struct OtherHolder: Sendable, Hashable {
    package var process: Int
    /// The number that it has there.
    package var call: CallNumber
    package var tool: String
    /// Nanoseconds of the monotonic clock: since when it holds what it holds, or waits.
    package var since: UInt64
    /// It does not hold it yet, but was the first to wait for it.
    package var isWaiting: Bool

    package init(process: Int, call: CallNumber, tool: String, since: UInt64, isWaiting: Bool) {
        self.process = process
        self.call = call
        self.tool = tool
        self.since = since
        self.isWaiting = isWaiting
    }
}

extension OtherHolder: CustomStringConvertible {
    package var description: String { "process \(process), call \(tool)\(isWaiting ? ", which waits" : "")" }

    /// Nanoseconds for which it has held it, or waited.
    package func duration(now: UInt64) -> UInt64 { now > since ? now - since : 0 }
}
