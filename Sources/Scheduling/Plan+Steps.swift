import Calls
import HeapModule
import Locking

// The steps that events come down to.

extension Plan {
    /// Grants a waiting call that has all it needs, or settles it if it can never have it.
    mutating func advance(_ call: CallNumber, _ actions: inout [Action]) {
        guard let entry = entries[call], entry.phase == .waiting, !entry.isProvisional, table.isReady(call) else {
            return
        }
        switch reservations.standing(of: call) {
        case .waits: return
        case .refused(let refusal): settle(call, .refused(refusal.words), &actions)
        case .ready:
            entries[call]?.phase = .granted
            slots.add(call, entry.lane)
            actions.append(.note(call, .granted))
        }
    }

    /// Starts granted calls while there are slots.
    mutating func dispatch(_ now: UInt64, _ actions: inout [Action]) {
        while let call = slots.next() {
            guard let grant = table.grant(call) else {
                preconditionFailure("a slot for \(call), which holds no claims")
            }
            entries[call]?.phase = .running
            waitingCount -= 1
            if let time = entries[call]?.submission.time {
                deadlines.insert(Deadline(time: now &+ time, call: call, kind: .run))
            }
            actions.append(.start(grant))
        }
    }

    /// Ends a call that never started.
    mutating func settle(_ call: CallNumber, _ outcome: Outcome, _ actions: inout [Action]) {
        guard let entry = entries[call] else { return }
        if entry.phase == .granted { slots.remove(call, entry.lane) }
        waitingCount -= 1
        actions.append(.settle(call, outcome))
        remove(call, &actions)
    }

    /// Takes a call out of everything, and lets through who waited for it.
    mutating func remove(_ call: CallNumber, _ actions: inout [Action]) {
        entries[call] = nil
        forgetDeadlines()
        let behind = reservations.behind(call)
        reservations.leave(call)
        let ready = table.leave(call)
        wakeWatchers(of: call, &actions)
        for other in ready { advance(other, &actions) }
        for other in behind { advance(other, &actions) }
    }

    /// Deadlines of calls that are gone stay in the heap until their time; when they are the most of it, they go together.
    private mutating func forgetDeadlines() {
        guard deadlines.count > 64 + 4 * entries.count else { return }
        deadlines = Heap(deadlines.unordered.filter { entries[$0.call] != nil })
    }

    mutating func stop(_ call: CallNumber, _ stop: Stop, _ now: UInt64, _ actions: inout [Action]) {
        guard entries[call]?.stop == nil else { return }
        entries[call]?.stop = stop
        deadlines.insert(Deadline(time: now &+ limits.grace, call: call, kind: .grace))
        actions.append(.signal(call))
    }

    /// Gives up on a running call: its claims stay, and whoever conflicts with them is refused rather than left to wait.
    mutating func abandon(_ call: CallNumber, _ actions: inout [Action]) {
        guard let stop = entries[call]?.stop else { return }
        entries[call]?.phase = .abandoned
        slots.free(call)
        actions.append(.abandon(call, .abandoned(stop, grace: limits.grace)))
        for other in table.poison(call) { settle(other, .refusedByPoison(of: call), &actions) }
    }

    /// Remembers when a provisional call should look again.
    mutating func follow(_ certainty: Footprint.Certainty, of call: CallNumber, _ actions: inout [Action]) {
        entries[call]?.isProvisional = certainty != .certain
        switch certainty {
        case .certain: break
        case .stale: actions.append(.look(call))
        case .provisional(let until): watchers[until, default: []].append(call)
        }
    }

    mutating func wakeWatchers(of call: CallNumber, _ actions: inout [Action]) {
        for watcher in watchers.removeValue(forKey: call) ?? [] where entries[watcher] != nil {
            actions.append(.look(watcher))
        }
    }

    /// Grants only shrink: what a second look asks for must be within what the first one entered. An inode has no place in
    /// the tree of paths; the claim on all aliases, which every provisional claim has, stands for it.
    func mayNarrow(to lock: Lock, _ call: CallNumber) -> Bool {
        table.covers(lock, of: call) || lock.key.isInode && table.covers(Lock(.aliases, .content, .shared), of: call)
    }

    /// Whom a waiting call waits for, and on what.
    package func obstacles(of call: CallNumber) -> [Obstacle] {
        var obstacles = table.conflicts(of: call).map { conflict in
            Obstacle(
                call: conflict.call, resource: conflict.lock.words,
                mode: conflict.lock.mode == .shared ? .shared : .exclusive)
        }
        if case .waits(let pool, let others) = reservations.standing(of: call) {
            obstacles += others.map { Obstacle(call: $0, resource: "pool \(pool)", mode: .exclusive) }
        }
        return obstacles
    }
}
