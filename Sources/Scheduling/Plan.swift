import Calls
import Guards
import HeapModule
import Locking

/// What may run, what waits and for whom, and what must be done next. Pure: events go in with the time, actions come out.
///
///     submit ─> waiting ──claims held──> granted ──a slot──> locking ──no other process has them──> running ──> gone
///                  │ ^                      │ ^                │                                       │
///                  │ └ look (a path that an │ └─── blocked <───┘                                       ├ time is up, or cancelled:
///                  │   earlier call changes)│    (another process; the slot is given back)             │ signal, then grace
///                  └────────────────────────┴ cancelled, refused: settled, and never started           └ killed; or abandoned, keys poisoned
///
/// Every submitted call is settled or started exactly once; what was started is settled by whoever runs it, or abandoned.
/// Start against cancel is decided here and nowhere else: whichever event comes in first. `locking` and `blocked` are only
/// there when the plan is told that other processes share the files.
package struct Plan {
    package struct Submission: Sendable {
        package var call: CallNumber
        package var tool: String
        package var plugin: String
        package var demands: [Demand]
        /// How long it may run, in nanoseconds; nil = no limit.
        package var time: UInt64?
        /// Whether it can be ended from outside when it does not stop; what cannot is abandoned.
        package var canBeKilled: Bool

        package init(
            call: CallNumber, tool: String, plugin: String, demands: [Demand], time: UInt64? = nil,
            canBeKilled: Bool = false
        ) {
            self.call = call
            self.tool = tool
            self.plugin = plugin
            self.demands = demands
            self.time = time
            self.canBeKilled = canBeKilled
        }
    }

    /// A look at the file system, and when it was begun: see ``epoch``.
    package struct Look: Sendable {
        package var walks: [PathWalk]
        package var epoch: UInt64

        package init(walks: [PathWalk], epoch: UInt64) {
            self.walks = walks
            self.epoch = epoch
        }
    }

    package enum Action: Sendable {
        /// Look at the call's paths again and report by `looked`.
        case look(CallNumber)
        /// Try to lock these out of the reach of other processes; report by `locked`, `blocked` or `cannotLock`. `queues`: it
        /// has been tried before, and now others shall not come first for ever.
        case lock(CallNumber, [Lock], queues: Bool)
        case start(Grant)
        /// The call has its outcome without ever having started.
        case settle(CallNumber, Outcome)
        /// Ask the running call to stop.
        case signal(CallNumber)
        /// The running call did not stop: end it. Its claims stay until it is gone.
        case kill(CallNumber)
        /// The running call did not stop and cannot be ended: answer for it, and do without its thread.
        case abandon(CallNumber, Outcome)
        case note(CallNumber, Event.Kind)
    }

    enum Phase {
        case waiting, granted, locking, blocked, running, abandoned

        /// Not started yet.
        var waits: Bool { self != .running && self != .abandoned }
    }

    enum Stop {
        case cancelled, timeIsUp
    }

    struct Entry {
        var submission: Submission
        var lane: Slots.LaneNumber
        var certainty: Footprint.Certainty
        var phase = Phase.waiting
        var stop: Stop?
        /// How often its locks were made anew because somebody else changed its paths.
        var lockings: UInt8 = 0

        var isProvisional: Bool { certainty != .certain }

        /// Whether its run may change what paths mean. To write over what a file has does not.
        var mayRebind: Bool {
            submission.demands.contains {
                guard case .path(let path) = $0.resource, path.mode == .exclusive else { return false }
                return path.scope != .exact || !path.effects.isEmpty
            }
        }
    }

    struct Deadline: Comparable {
        enum Kind {
            case wait, run, grace
            /// Try again to lock others out.
            case retry
        }

        var time: UInt64
        var call: CallNumber
        var kind: Kind

        static func < (a: Deadline, b: Deadline) -> Bool { (a.time, a.call) < (b.time, b.call) }
        static func == (a: Deadline, b: Deadline) -> Bool { (a.time, a.call) == (b.time, b.call) }
    }

    let limits: Limits
    /// Whether a call must keep other processes out before it runs.
    package let locksProcesses: Bool
    /// Nested plans: what the parent's grant covers.
    let bounds: (any LockCoverage)?
    let names: PathNames
    let guards: RaceGuards
    package internal(set) var table: LockTable
    package internal(set) var reservations: Reservations
    var entries: [CallNumber: Entry] = [:]
    var slots: Slots
    /// Provisional calls by the call that they wait for before they look again.
    var watchers: [CallNumber: [CallNumber]] = [:]
    var deadlines: Heap<Deadline> = []
    var blockades = Blockades()
    var waitingCount = 0
    /// Calls that the event at hand may have let through, or ruled out. Empty between events.
    var affected: [CallNumber] = []
    /// Counts the ends of calls that may have changed what paths mean: a look that was begun in an earlier epoch may have
    /// missed the change, and the call that made it is no longer here to tell.
    package internal(set) var epoch: UInt64 = 0

    package init(
        limits: Limits, pools: [String: Int] = [:], within bounds: (any LockCoverage)? = nil,
        locksProcesses: Bool = false, names: PathNames = PathNames(), guards: RaceGuards = .all
    ) {
        self.names = names
        self.limits = limits
        self.locksProcesses = locksProcesses
        self.bounds = bounds
        self.guards = guards
        table = LockTable(guards: guards)
        reservations = Reservations(capacities: pools, isNested: bounds != nil, guards: guards)
        slots = Slots(limits)
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// When `tick` is next of use.
    package var nextDeadline: UInt64? { deadlines.min?.time }

    /// Whether the call has not started yet.
    package func isWaiting(_ call: CallNumber) -> Bool { entries[call]?.phase.waits ?? false }

    package func isRunning(_ call: CallNumber) -> Bool { entries[call].map { !$0.phase.waits } ?? false }

    /// What a started call's return means. Only one that says that it stopped because it was asked to was stopped: a tool that
    /// succeeded or failed on its own account meanwhile did so.
    package func outcome(of call: CallNumber, returning result: Outcome) -> Outcome {
        guard result.kind == .interrupted else { return result }
        var result = result
        guard let stop = entries[call]?.stop else {
            result.kind = .failed
            return result
        }
        result.kind = stop == .cancelled ? .interrupted : .timedOut
        if result.message.isEmpty {
            result.message = stop == .cancelled ? "the call was cancelled while it ran" : "the call's time was up"
        }
        return result
    }

    // MARK: - Events

    /// A call enters, in the turn's order. The look was made before; whether it still holds is decided here.
    package mutating func submit(_ submission: Submission, _ look: Look, now: UInt64) -> [Action] {
        var actions: [Action] = []
        let call = submission.call
        guard waitingCount < limits.queue || !guards.has(.queueBound) else {
            return [.settle(call, .refused("the queue is full: \(limits.queue) calls wait already"))]
        }
        let footprint = Footprint(submission.demands, walks: believed(look), of: call, in: table)
        if let refusal = footprint.refusal { return [.settle(call, .refused(refusal.words))] }
        if let outside = outside(footprint) { return [.settle(call, .refusedOutside(names.words(for: outside)))] }
        if let refusal = reservations.enter(call, submission.demands) {
            return [.settle(call, .refused(refusal.words))]
        }
        let lane = slots.number(of: Slots.Lane(plugin: submission.plugin, tool: submission.tool))
        entries[call] = Entry(submission: submission, lane: lane, certainty: footprint.certainty)
        waitingCount += 1
        let hasClaims = table.enter(call, footprint.locks) && reservations.standing(of: call) == .ready
        deadlines.insert(Deadline(time: now.later(by: limits.wait), call: call, kind: .wait))
        watch(footprint.certainty, of: call, &actions)
        if let poisoner = poisoner(of: call) {
            settle(call, .refusedByPoison(of: poisoner), &actions)
        } else {
            // A look that is out of date says nothing of whom the call will wait for; the next one does.
            let waits = !hasClaims && footprint.certainty != .stale
            actions.append(.note(call, .ingested(waitsFor: waits ? obstacles(of: call) : [])))
            affected.append(call)
        }
        dispatch(now, &actions)
        return actions
    }

    /// The answer to `.look`.
    package mutating func looked(_ call: CallNumber, _ look: Look, now: UInt64) -> [Action] {
        guard let entry = entries[call], entry.phase == .waiting, entry.isProvisional else { return [] }
        var actions: [Action] = []
        let footprint = Footprint(entry.submission.demands, walks: believed(look), of: call, in: table)
        if let refusal = footprint.refusal {
            settle(call, .refused(refusal.words), &actions)
        } else if footprint.certainty == .stale {
            actions.append(.look(call))
        } else if let outside = footprint.locks.first(where: { !mayNarrow(to: $0.lock, call) }) {
            let lock = names.words(for: outside.lock)
            let words = "\(lock) came into its way while it waited: somebody else changed the path"
            settle(call, .refused(words), &actions)
        } else if let outside = outside(footprint) {
            settle(call, .refusedOutside(names.words(for: outside)), &actions)
        } else {
            // As wide as before: those that wait for it would find nothing new.
            let isNews = footprint.certainty == .certain || !table.hasExactly(footprint.locks, of: call)
            if isNews { affected += table.narrow(call, to: footprint.locks) }
            follow(footprint.certainty, of: call, &actions)
            actions.append(.note(call, .narrowed(waitsFor: obstacles(of: call))))
            // Those that wait for this call's wide claim can look again too.
            if isNews { wakeWatchers(of: call, &actions) }
            if let poisoner = poisoner(of: call) {
                settle(call, .refusedByPoison(of: poisoner), &actions)
            } else {
                affected.append(call)
            }
        }
        dispatch(now, &actions)
        return actions
    }

    /// A started call's code has returned, or its process is gone.
    package mutating func finished(_ call: CallNumber, now: UInt64) -> [Action] {
        guard let entry = entries[call], entry.phase == .running || entry.phase == .abandoned else { return [] }
        var actions: [Action] = []
        if entry.mayRebind { epoch += 1 }
        slots.free(call)
        remove(call, &actions)
        dispatch(now, &actions)
        return actions
    }

    /// Somebody wants the call stopped.
    package mutating func cancel(_ call: CallNumber, why: String, now: UInt64) -> [Action] {
        guard let entry = entries[call] else { return [] }
        var actions: [Action] = []
        switch entry.phase {
        case .waiting, .granted, .locking, .blocked:
            guard guards.has(.cancelBeforeStart) else { return [.signal(call)] }
            settle(call, cancelled(call, why, now), &actions)
        case .running: stop(call, .cancelled, now, &actions)
        case .abandoned: break
        }
        dispatch(now, &actions)
        return actions
    }

    /// Gives back a claim of a running call.
    package mutating func release(_ claim: Int, of call: CallNumber, now: UInt64) -> [Action] {
        guard let entry = entries[call], entry.phase == .running else { return [] }
        var actions: [Action] = [.note(call, .released(claim: claim))]
        if entry.mayRebind { epoch += 1 }
        affected += table.release(claim, of: call)
        wakeWatchers(of: call, &actions)
        retryBehind(call)
        dispatch(now, &actions)
        return actions
    }

    /// A registered thing came or went: units may be free, or never to be had.
    package mutating func reservationsChanged(
        _ change: (inout Reservations) -> Bool, now: UInt64
    ) -> (changed: Bool, actions: [Action]) {
        var actions: [Action] = []
        let changed = change(&reservations)
        if changed {
            affected += reservations.waitingForUnits
            dispatch(now, &actions)
        }
        return (changed, actions)
    }

    /// Time has passed.
    package mutating func tick(now: UInt64) -> [Action] {
        var actions: [Action] = []
        while let deadline = deadlines.min, deadline.time <= now {
            deadlines.removeMin()
            guard let entry = entries[deadline.call] else { continue }
            switch (deadline.kind, entry.phase) {
            case (.wait, let phase) where phase.waits && guards.has(.waitLimit):
                settle(
                    deadline.call, cancelled(deadline.call, "a call may wait for \(limits.wait.seconds)", now), &actions
                )
            case (.retry, .blocked) where blockades.isTime(deadline.time, for: deadline.call): regrant(deadline.call)
            case (.run, .running) where entry.stop == nil: stop(deadline.call, .timeIsUp, now, &actions)
            case (.grace, .running) where entry.submission.canBeKilled: actions.append(.kill(deadline.call))
            case (.grace, .running): abandon(deadline.call, &actions)
            default: break
            }
        }
        dispatch(now, &actions)
        return actions
    }
}
