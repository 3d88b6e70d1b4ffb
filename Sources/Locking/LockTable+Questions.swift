import Calls

// What the table can be asked. Nothing here changes it.

extension LockTable {
    /// A lock of a call, as it stands in the table.
    struct Standing {
        var request: QueuedRequest
        var node: ID
        var facet: Facet
    }

    func standings(of call: CallNumber) -> [Standing] {
        guard let place = places[call] else { return [] }
        var result: [Standing] = []
        var next = entries[place].first
        while next != .absent {
            let request = requests[next]
            let queue = queues[request.queue]
            result.append(Standing(request: request, node: queue.node, facet: queue.facet))
            next = request.nextOfCall
        }
        return result.reversed()
    }

    /// The locks that a call has or waits for, without the intents that they leave above them.
    package func locks(of call: CallNumber) -> [Lock] {
        standings(of: call).compactMap(lock)
    }

    /// Nil for an intent.
    private func lock(_ standing: Standing) -> Lock? {
        LockMode(standing.request.mode).map { Lock(tree.key(of: standing.node), standing.facet, $0) }
    }

    /// One reason why a call waits: an earlier call in its way, and where the two meet.
    package struct Conflict: Sendable, Hashable {
        package var call: CallNumber
        /// What the earlier call has: as narrow as it is known.
        package var lock: Lock
    }

    /// The earlier calls that `call` waits for directly; the narrowest meeting place with each.
    package func conflicts(of call: CallNumber) -> [Conflict] {
        var found: [CallNumber: Lock] = [:]
        for mine in standings(of: call) where !mine.request.isClear {
            for other in nearest(inTheWayOf: mine.request) {
                let theirs = lock(of: other, at: mine)
                if let known = found[other.number], !isNarrower(theirs, than: known) { continue }
                found[other.number] = theirs
            }
        }
        return found.map { Conflict(call: $0.key, lock: $0.value) }.sorted { $0.call < $1.call }
    }

    /// The last earlier requests that exclude `mine`, without those that one of them waits for in turn: when these are gone,
    /// so are all. Of many that stand side by side, the last few.
    private func nearest(inTheWayOf mine: QueuedRequest) -> [QueuedRequest] {
        var cursors = mine.mode.excluding.map { last(in: queues[mine.queue][$0], before: mine.number) }
        var found: [QueuedRequest] = []
        while found.count < Self.mostConflicts {
            guard
                let place = cursors.indices.filter({ cursors[$0] != .absent })
                    .max(by: { requests[cursors[$0]].number < requests[cursors[$1]].number })
            else { break }
            let other = requests[cursors[place]]
            cursors[place] = other.previous
            if found.contains(where: { $0.mode.excluding.contains(other.mode) && $0.number != other.number }) { break }
            found.append(other)
        }
        return found
    }

    private static let mostConflicts = 8

    /// Whether `earlier` is among those that keep `call` waiting; unlike ``conflicts(of:)`` it looks at the whole queues.
    func waits(_ call: CallNumber, for earlier: CallNumber) -> Bool {
        guard earlier < call else { return false }
        var modes: [ID: [QueueMode]] = [:]
        for theirs in standings(of: earlier) { modes[theirs.request.queue, default: []].append(theirs.request.mode) }
        return standings(of: call).contains { mine in
            modes[mine.request.queue]?.contains { mine.request.mode.excluding.contains($0) } ?? false
        }
    }

    /// A poisoned call that `call` would wait for.
    package func poisoner(of call: CallNumber) -> CallNumber? {
        poisoned.sorted().first { waits(call, for: $0) }
    }

    /// What the earlier call's request stands for. An intent says only "somewhere below": then the lock that left it.
    private func lock(of theirs: QueuedRequest, at mine: Standing) -> Lock {
        let here = tree.key(of: mine.node)
        if let mode = LockMode(theirs.mode) { return Lock(here, mine.facet, mode) }
        let below = standings(of: theirs.number).lazy.compactMap(lock).first {
            QueueMode.intent(of: $0.mode) == theirs.mode && $0.key.isInside(here)
        }
        return below ?? Lock(here, mine.facet, theirs.mode == .intentShared ? .shared : .exclusive)
    }

    /// The narrowest says most to a person, and the key of all aliases says least.
    private func isNarrower(_ a: Lock, than b: Lock) -> Bool {
        func rank(_ lock: Lock) -> (Int, Int, Int) {
            (lock.key == .aliases ? 0 : 1, lock.key.components.count, lock.facet == .content ? 1 : 0)
        }
        return rank(a) > rank(b)
    }

    /// Whether the locks that `call` has now include `lock`, or a stronger or wider one.
    package func covers(_ lock: Lock, of call: CallNumber, untilItsEnd: Bool = false) -> Bool {
        guard let place = places[call] else { return false }
        func has(_ facet: Facet, _ node: ID) -> Bool {
            let queue = tree.queue(facet, of: node)
            guard queue != .absent else { return false }
            var next = entries[place].first
            while next != .absent {
                let request = requests[next]
                let counts = !untilItsEnd || request.releasable < 0
                if counts, request.queue == queue, request.mode.covers(lock.mode) { return true }
                next = request.nextOfCall
            }
            return false
        }
        var node = KeyTree.root
        for (depth, component) in lock.key.components.enumerated() {
            guard let below = tree.find(component, below: node) else { return false }
            node = below
            let isLast = depth == lock.key.components.count - 1
            if !isLast, has(.subtree, node) { return true }
            // All the names of a directory together cover each binding in it.
            if lock.facet == .binding, depth == lock.key.components.count - 2, has(.entries, node) { return true }
        }
        return has(lock.facet, node) || (lock.facet == .entries && has(.subtree, node))
    }

    /// Whether the call has each of these locks in this mode, with at least this effect.
    package func has(_ locks: [LockRequest], of call: CallNumber) -> Bool {
        var held: [HeldPlace: BindingEffect] = [:]
        for standing in standings(of: call) {
            let place = HeldPlace(queue: standing.request.queue, mode: standing.request.mode)
            held[place] = max(held[place] ?? .none, standing.request.effect)
        }
        return locks.allSatisfy { request in
            var node = KeyTree.root
            for component in request.lock.key.components {
                guard let below = tree.find(component, below: node) else { return false }
                node = below
            }
            let queue = tree.queue(request.lock.facet, of: node)
            let effect = held[HeldPlace(queue: queue, mode: QueueMode(request.lock.mode))]
            return effect.map { $0 >= request.effect } ?? false
        }
    }

    /// Whether the call has these locks and no others, with the same effects: then it would change nothing to narrow it.
    package func hasExactly(_ locks: [LockRequest], of call: CallNumber) -> Bool {
        var wanted: [Lock: BindingEffect] = [:]
        for request in locks { wanted[request.lock] = max(wanted[request.lock] ?? .none, request.effect) }
        var held: [Lock: BindingEffect] = [:]
        for standing in standings(of: call) {
            if let lock = lock(standing) { held[lock] = max(held[lock] ?? .none, standing.request.effect) }
        }
        return held == wanted
    }

    private struct HeldPlace: Hashable {
        var queue: Int32
        var mode: QueueMode
    }

    /// What earlier calls that are still here may do to the meaning of a path.
    package struct Uncertainty: Sendable {
        /// Set when the path is uncertain: the deepest directory that is certain, and a call that makes it so. As long as
        /// that call is here, looking again is of no use.
        package var until: (certain: Key, because: CallNumber)?
        /// A regular file may appear, or has just appeared, at the path's own end.
        package var fileMayAppear = false
    }

    /// `way`: the path's key, and the place of every symbolic link that was followed to find it.
    package func uncertainty(of key: Key, followed: [Key], before call: CallNumber) -> Uncertainty {
        var result = Uncertainty()
        guard effectCount > 0 else { return result }
        for way in [key] + followed {
            var node = KeyTree.root
            for (depth, component) in way.components.enumerated() {
                guard let below = tree.find(component, below: node) else { break }
                node = below
                let queue = tree.queue(.subtree, of: node)
                guard queue != .absent else { continue }
                let isEnd = depth == way.components.count - 1 && way == key
                guard let (effect, holder) = strongestEffect(in: queues[queue], before: call) else { continue }
                switch effect {
                case .none: continue
                case .file where isEnd: result.fileMayAppear = true
                case .file, .absence: result.narrow(to: way.prefix(depth), because: holder)
                case .anything: result.narrow(to: .paths, because: holder)
                }
            }
        }
        return result
    }

    /// The last request of a list that is earlier than a call's.
    private func last(in list: LockQueue.List, before call: CallNumber) -> ID {
        var id = last(in: list, upTo: call)
        while id != .absent, requests[id].number == call { id = requests[id].previous }
        return id
    }

    private func strongestEffect(in queue: LockQueue, before call: CallNumber) -> (BindingEffect, CallNumber)? {
        let count = (1...3).map { queue.effects[$0] }
        guard count.contains(where: { $0 > 0 }) else { return nil }
        let strongest: BindingEffect = count[2] > 0 ? .anything : count[1] > 0 ? .absence : .file
        var found: (BindingEffect, CallNumber)?
        // From the tail: what comes last ends last, so it is the one to wait for.
        var next = last(in: queue[.exclusive], before: call)
        while next != .absent {
            let request = requests[next]
            if request.effect > (found?.0 ?? .none) {
                found = (request.effect, request.number)
                if request.effect == strongest { break }
            }
            next = request.previous
        }
        return found
    }
}

extension LockTable.Uncertainty {
    fileprivate mutating func narrow(to key: Key, because holder: CallNumber) {
        guard let (certain, because) = until else {
            until = (key, holder)
            return
        }
        let common = zip(certain.components, key.components).prefix { $0 == $1 }.count
        until = (certain.prefix(max(common, Key.paths.components.count)), max(because, holder))
    }
}

extension LockMode {
    fileprivate init?(_ mode: QueueMode) {
        switch mode {
        case .shared: self = .shared
        case .exclusive: self = .exclusive
        case .joint: self = .joint
        case .intentShared, .intentExclusive: return nil
        }
    }
}

extension QueueMode {
    /// Whether holding this mode lets its holder do what `mode` is for.
    func covers(_ mode: LockMode) -> Bool {
        switch self {
        case .exclusive: true
        case .shared: mode == .shared
        case .joint: mode == .joint || mode == .shared
        case .intentShared, .intentExclusive: false
        }
    }
}
