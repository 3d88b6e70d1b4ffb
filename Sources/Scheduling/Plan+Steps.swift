import Calls
import HeapModule
import Locking

// The steps that events come down to.

extension Plan {
    /// What a look saw, if nobody has changed since what paths mean.
    func believed(_ look: Look) -> [PathWalk]? {
        look.epoch == epoch || !guards.has(.freshLook) ? look.walks : nil
    }

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

    /// The end of every event: grants what it let through, and starts granted calls while there are slots.
    mutating func dispatch(_ now: UInt64, _ actions: inout [Action]) {
        // A list and not a recursion: one refusal may lead to the next, through thousands of calls.
        var next = 0
        while next < affected.count {
            advance(affected[next], &actions)
            next += 1
        }
        affected.removeAll(keepingCapacity: true)
        while let call = slots.next() {
            if locksProcesses {
                entries[call]?.phase = .locking
                actions.append(lockAction(call))
            } else {
                start(call, now, &actions)
            }
        }
    }

    /// Nothing is in the way of the call any more.
    mutating func start(_ call: CallNumber, _ now: UInt64, _ actions: inout [Action]) {
        guard let grant = table.grant(call) else {
            preconditionFailure("a slot for \(call), which does not hold its locks")
        }
        entries[call]?.phase = .running
        waitingCount -= 1
        if let time = entries[call]?.submission.time {
            deadlines.insert(Deadline(time: now.later(by: time), call: call, kind: .run))
        }
        actions.append(.start(grant))
    }

    /// Ends a call that never started.
    mutating func settle(_ call: CallNumber, _ outcome: Outcome, _ actions: inout [Action]) {
        guard let entry = entries[call] else { return }
        switch entry.phase {
        case .granted: slots.remove(call, entry.lane)
        case .locking: slots.free(call)
        case .waiting, .blocked, .running, .abandoned: break
        }
        regrant(blockades.leave(call))
        waitingCount -= 1
        actions.append(.settle(call, outcome))
        remove(call, &actions)
    }

    /// Takes a call out of everything.
    mutating func remove(_ call: CallNumber, _ actions: inout [Action]) {
        entries[call] = nil
        forgetDeadlines()
        affected += table.leave(call)
        affected += reservations.leave(call)
        wakeWatchers(of: call, &actions)
        retryBehind(call)
    }

    /// Deadlines of calls that are gone stay in the heap until their time; when they are the most of it, they go together.
    private mutating func forgetDeadlines() {
        guard deadlines.count > 64 + 4 * entries.count else { return }
        deadlines = Heap(deadlines.unordered.filter { entries[$0.call] != nil })
    }

    mutating func stop(_ call: CallNumber, _ stop: Stop, _ now: UInt64, _ actions: inout [Action]) {
        guard entries[call]?.stop == nil else { return }
        entries[call]?.stop = stop
        deadlines.insert(Deadline(time: now.later(by: limits.grace), call: call, kind: .grace))
        actions.append(.signal(call))
    }

    /// Gives up on a running call: its claims stay, and whoever conflicts with them is refused rather than left to wait.
    mutating func abandon(_ call: CallNumber, _ actions: inout [Action]) {
        guard let stop = entries[call]?.stop else { return }
        entries[call]?.phase = .abandoned
        slots.free(call)
        actions.append(.abandon(call, .abandoned(stop, grace: limits.grace)))
        guard guards.has(.claimsUntilReturn) else { return remove(call, &actions) }
        affected += reservations.abandon(call)
        for other in table.poison(call) where poisoner(of: other) != nil {
            settle(other, .refusedByPoison(of: call), &actions)
        }
    }

    /// The abandoned call that keeps a waiting call from ever running. A wide claim says little of what the call will need
    /// in the end; then only the call counts that it waits for before it looks again.
    func poisoner(of call: CallNumber) -> CallNumber? {
        guard !table.poisoned.isEmpty, guards.has(.poisonedKeys) else { return nil }
        return switch entries[call]?.certainty {
        case .certain: table.poisoner(of: call)
        case .provisional(let until): table.poisoned.contains(until) ? until : nil
        case .stale, nil: nil
        }
    }

    /// A call knows more of its paths, or less, than before.
    mutating func follow(_ certainty: Footprint.Certainty, of call: CallNumber, _ actions: inout [Action]) {
        entries[call]?.certainty = certainty
        watch(certainty, of: call, &actions)
    }

    /// Remembers when a provisional call should look again.
    mutating func watch(_ certainty: Footprint.Certainty, of call: CallNumber, _ actions: inout [Action]) {
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

    /// What a nested call needs and its parent does not hold. As long as its claims are wide they say nothing.
    func outside(_ footprint: Footprint) -> Lock? {
        guard footprint.certainty == .certain else { return nil }
        return footprint.locks.lazy.map(\.lock).first { !isWithinBounds($0) }
    }

    /// Whether a running call may touch what `lock` stands for: it holds it, and so does its parent, who may have released it
    /// or ended since.
    package func covers(_ lock: Lock, of call: CallNumber) -> Bool {
        table.covers(lock, of: call) && isWithinBounds(lock)
    }

    /// The same, and it cannot be taken from the call before its end.
    package func keeps(_ lock: Lock, of call: CallNumber) -> Bool {
        table.covers(lock, of: call, untilItsEnd: true) && isWithinBounds(lock)
    }

    private func isWithinBounds(_ lock: Lock) -> Bool {
        guard let bounds, guards.has(.parentsGrant) else { return true }
        let concernsAliases = lock.key.isInode || lock.key == .aliases
        return bounds.covers(lock) || concernsAliases && bounds.covers(Lock(.aliases, .content, .shared))
    }

    /// Whom a waiting call waits for, and on what.
    package func obstacles(of call: CallNumber) -> [Obstacle] {
        var obstacles = table.conflicts(of: call).map { conflict in
            Obstacle(
                call: conflict.call, resource: names.words(for: conflict.lock), mode: Mode(conflict.lock.mode))
        }
        if case .waits(let pool, let others) = reservations.standing(of: call) {
            obstacles += others.map { Obstacle(call: $0, resource: "pool \(pool)", mode: .exclusive) }
        }
        return obstacles
    }
}
