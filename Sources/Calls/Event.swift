/// What happened to a call, for people and programs that watch. Recorded, drawn, never read back by the scheduler.
package struct Event: Sendable {
    package enum Kind: Sendable {
        /// Entered the lock table. `waitsFor` is empty when nothing was in its way.
        case ingested(waitsFor: [Obstacle])
        /// A provisional claim shrank to what the path turned out to mean.
        case narrowed(waitsFor: [Obstacle])
        /// All claims are held; it may still wait for a slot.
        case granted
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
