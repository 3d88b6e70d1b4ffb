import Calls
import Locking

// The way from the slot to the run, when other processes share the files: first the call keeps them out, then it looks at
// its paths once more, for until then they could be changed.
//
//     a slot ─> lock ─┬─ locked, and the paths mean what they meant ──────────────────────────> start
//                     ├─ locked, but a path means something else ─┬ within the old locks ────> lock again
//                     │                                           ├ no later call minds ─────> back to its place in the table
//                     │                                           └ a ready one would ───────> cancelled
//                     └─ blocked: the slot is given back, and after a while it is tried again

extension Plan {
    /// Nobody's paths are changed so often by accident.
    static let mostLockings = 16

    func lockAction(_ call: CallNumber) -> Action {
        .lock(call, table.locks(of: call), queues: blockades.triesAgain(call))
    }

    /// An answer to `.lock`: another process has, or was first to wait for, what the call needs. `place` is where, `since` when
    /// the call was stopped for the first time.
    package mutating func blocked(
        _ call: CallNumber, by blockade: Blockade, at place: UInt64, since: UInt64, now: UInt64
    ) -> [Action] {
        guard let entry = entries[call], entry.phase == .locking else { return [] }
        var actions: [Action] = []
        slots.free(call)
        entries[call]?.phase = .blocked
        let (isNews, next) = blockades.stop(call, at: place, blockade, since: since, now: now)
        if isNews { actions.append(.note(call, .blocked(blockade))) }
        if blockades.triesAgain(call), let retry = blockades.standings[call]?.retry {
            deadlines.insert(Deadline(time: retry, call: call, kind: .retry))
        }
        regrant(next)
        dispatch(now, &actions)
        return actions
    }

    /// An answer to `.lock`: other processes are kept out, and this is what the paths mean since then.
    package mutating func locked(_ call: CallNumber, _ look: Look, now: UInt64) -> [Action] {
        guard let entry = entries[call], entry.phase == .locking else { return [] }
        var actions: [Action] = []
        let footprint = Footprint(entry.submission.demands, walks: look.walks, of: call, in: table)
        if let refusal = footprint.refusal {
            settle(call, .refused(refusal.words), &actions)
        } else if footprint.certainty == .certain, table.has(footprint.locks, of: call) || !guards.has(.secondLook) {
            start(call, now, &actions)
            // What let it through lets through those that were stopped at the same place.
            let others = blockades.others(behind: call)
            _ = blockades.leave(call)
            for other in others {
                _ = blockades.leave(other)
                regrant(other)
            }
        } else {
            lockAnew(call, footprint, &actions)
        }
        dispatch(now, &actions)
        return actions
    }

    /// An answer to `.lock`: it cannot be done, whoever else there is.
    package mutating func cannotLock(_ call: CallNumber, why: String, now: UInt64) -> [Action] {
        guard let entry = entries[call], entry.phase == .locking else { return [] }
        var actions: [Action] = []
        settle(call, .refused(why), &actions)
        dispatch(now, &actions)
        return actions
    }

    /// Another program has changed what the call's paths mean, since its locks were made.
    private mutating func lockAnew(_ call: CallNumber, _ footprint: Footprint, _ actions: inout [Action]) {
        entries[call]?.lockings += 1
        guard entries[call]?.lockings ?? 0 < Self.mostLockings else {
            return settle(call, .cancelled("another program changes what its paths mean, again and again"), &actions)
        }
        if footprint.locks.allSatisfy({ mayNarrow(to: $0.lock, call) }) {
            affected += table.narrow(call, to: footprint.locks)
        } else if let ready = table.replace(call, by: footprint.locks) {
            affected += ready
        } else {
            return settle(
                call, .cancelled("another program changed what its paths mean, and a later call is on the new way"),
                &actions)
        }
        follow(footprint.certainty, of: call, &actions)
        wakeWatchers(of: call, &actions)
        if footprint.certainty == .certain, table.isReady(call) {
            actions.append(lockAction(call))
        } else {
            actions.append(.note(call, .narrowed(waitsFor: obstacles(of: call))))
            goBack(call, &actions)
        }
    }

    /// The call waits for earlier ones again.
    private mutating func goBack(_ call: CallNumber, _ actions: inout [Action]) {
        slots.free(call)
        entries[call]?.phase = .waiting
        regrant(blockades.leave(call))
        if let poisoner = poisoner(of: call) { settle(call, .refusedByPoison(of: poisoner), &actions) }
    }

    /// A blocked call is to try again, as soon as there is a slot.
    mutating func regrant(_ call: CallNumber?) {
        guard let call, let entry = entries[call], entry.phase == .blocked else { return }
        entries[call]?.phase = .granted
        slots.add(call, entry.lane)
    }

    /// A call has given something back: those of this host that it stopped need not wait for their time. A call of another host
    /// may have the same number; then a try is made in vain.
    mutating func retryBehind(_ call: CallNumber) {
        let stopped = blockades.standings.filter { $0.value.blockade.holder?.call == call }.keys.sorted()
        for other in stopped where blockades.triesAgain(other) { regrant(other) }
    }

    /// The outcome of a call that is cancelled while it waits.
    func cancelled(_ call: CallNumber, _ why: String, _ now: UInt64) -> Outcome {
        .cancelled(why, waitedFor: obstacles(of: call), and: blockades.standings[call]?.blockade, now: now)
    }
}
