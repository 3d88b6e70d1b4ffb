/// What happened to a call, for people and programs that watch. Recorded, drawn, never read back by the scheduler.
public struct Event: Sendable {
    /// What happened. A call is ingested, granted, started and ended, in this order; it may end at any step.
    /// It is narrowed and granted anew when another process has changed what its paths mean.
    public enum Kind: Sendable {
        /// Entered the lock table. `waitsFor`: the calls that are first in its way; empty when nothing is.
        case ingested(waitsFor: [Obstacle])
        /// A claim was replaced by what the path turned out to mean.
        case narrowed(waitsFor: [Obstacle])
        /// All claims are held; it may still wait for a slot.
        case granted
        /// It had its turn, but another process has what it needs. Told again when that is another one.
        case blocked(Blockade)
        /// Its code begins to run.
        case started
        /// How far the tool says it is; `total` 0 = unknown.
        case progress(done: Double, total: Double, message: String)
        /// Gave back a claim (its place in the tool's contract) before its end.
        case released(claim: Int)
        /// The call's one outcome; the enforcement is nil when it never started.
        case ended(Outcome, Enforcement?)
    }

    /// Whose it is.
    public var call: CallNumber
    /// The call's place in its turn, from 0.
    public var place: Int
    /// The turn that the call belongs to.
    public var turn: TurnNumber
    /// Nanoseconds of the monotonic clock.
    public var time: UInt64
    /// What happened.
    public var kind: Kind

    package init(call: CallNumber, place: Int, turn: TurnNumber, time: UInt64, kind: Kind) {
        self.call = call
        self.place = place
        self.turn = turn
        self.time = time
        self.kind = kind
    }
}

/// One reason why a call waits: an earlier call, and the resource that both need.
public struct Obstacle: Sendable, Hashable {
    /// The earlier call; it may be of another turn.
    public var call: CallNumber
    /// In words: "src/a.swift", "names in plans/", "everything below src/", "pool agents".
    public var resource: String
    /// What the earlier call holds or will hold.
    public var mode: Mode

    package init(call: CallNumber, resource: String, mode: Mode) {
        self.call = call
        self.resource = resource
        self.mode = mode
    }
}

/// Why a granted call does not start: another process, another host that is, has what it needs.
public struct Blockade: Sendable, Hashable {
    /// In words, like those of an ``Obstacle``.
    public var resource: String
    /// What the call itself needs it for.
    public var mode: Mode
    /// nil: the other process does not say who it is.
    public var holder: OtherHolder?

    package init(resource: String, mode: Mode, holder: OtherHolder?) {
        self.resource = resource
        self.mode = mode
        self.holder = holder
    }
}

/// A call of another host, as that host tells of it.
public struct OtherHolder: Sendable, Hashable {
    /// Its process.
    public var process: Int
    /// The number that it has there.
    public var call: CallNumber
    /// The tool that it calls.
    public var tool: String
    /// Nanoseconds of the monotonic clock: since when it holds what it holds, or waits.
    public var since: UInt64
    /// It does not hold it yet, but was the first to wait for it.
    public var isWaiting: Bool

    package init(process: Int, call: CallNumber, tool: String, since: UInt64, isWaiting: Bool) {
        self.process = process
        self.call = call
        self.tool = tool
        self.since = since
        self.isWaiting = isWaiting
    }
}

extension OtherHolder: CustomStringConvertible {
    /// "process 4242, call file_write".
    public var description: String { "process \(process), call \(tool)\(isWaiting ? ", which waits" : "")" }

    /// Nanoseconds for which it has held it, or waited.
    package func duration(now: UInt64) -> UInt64 { now > since ? now - since : 0 }
}
