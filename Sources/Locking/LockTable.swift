import Calls
import Guards

/// Who may run: holders and waiters of every key, in the order of ingest.
///
///     enter(call, locks) ──> ready at once, or it waits ──> leave(other) ──> [calls that became ready]
///
/// A call is ready when no earlier call that is still here has a conflicting lock. Nothing else decides: so edges run only
/// from earlier to later calls, there is no deadlock and nobody starves. Pure and synchronous: no clock, no I/O, no locks,
/// no randomness.
///
/// Invariants (`checkInvariants`, tests): two ready calls never conflict · but for `replace`, a ready call never becomes
/// unready and a call's locks only shrink after `enter` · an empty table has no nodes, queues or requests.
package struct LockTable {
    /// One call in the table.
    struct Entry {
        var number: CallNumber
        /// Its requests, linked by `nextOfCall`.
        var first = ID.absent
        /// How many of its requests are not clear.
        var missing = 0
    }

    var tree = KeyTree()
    var queues = Slab<LockQueue>()
    var requests = Slab<QueuedRequest>()
    var entries = Slab<Entry>()
    var places: [CallNumber: ID] = [:]
    /// Calls that became ready since the caller last took them.
    private var ready: [CallNumber] = []
    /// How many requests have a ``BindingEffect``: mostly none.
    private(set) var effectCount = 0
    /// Calls that will never end.
    package private(set) var poisoned: Set<CallNumber> = []

    package let guards: RaceGuards

    package init(guards: RaceGuards = .all) {
        self.guards = guards
    }

    package var count: Int { places.count }

    package func contains(_ call: CallNumber) -> Bool { places[call] != nil }

    package func isReady(_ call: CallNumber) -> Bool {
        places[call].map { entries[$0].missing == 0 || !guards.has(.order) } ?? false
    }

    /// Enters all of a call's locks in one step. `call` must be later than every call that ever entered. Returns whether it
    /// is ready at once.
    package mutating func enter(_ call: CallNumber, _ locks: [LockRequest]) -> Bool {
        precondition(places[call] == nil)
        let place = entries.insert(Entry(number: call))
        places[call] = place
        var way = Way()
        for lock in locks { add(lock, to: place, &way, merging: true) }
        return entries[place].missing == 0
    }

    /// Replaces a waiting call's locks by narrower ones, in its old place in the order. Returns the calls that became ready,
    /// itself among them if so. Every new lock must be covered by the old ones (joint is not wider than shared: what may
    /// stand beside the one may conflict with the other).
    package mutating func narrow(_ call: CallNumber, to locks: [LockRequest]) -> [CallNumber] {
        guard let place = places[call] else { return [] }
        let wasReady = entries[place].missing == 0
        let old = entries[place].first
        entries[place].first = .absent
        // The new ones first: otherwise a later call could slip in between.
        var way = Way()
        for lock in locks { add(lock, to: place, &way, merging: false) }
        removeChain(old)
        if !wasReady, entries[place].missing == 0, !ready.contains(call) { ready.append(call) }
        return takeReady()
    }

    /// Replaces a ready call's locks by any others, in its old place in the order, where it may have to wait again. nil, and
    /// nothing has changed, if a later call that is ready would have to wait for them.
    package mutating func replace(_ call: CallNumber, by locks: [LockRequest]) -> [CallNumber]? {
        let later = places.keys.filter { $0 > call && isReady($0) }
        // A copy, because it is tried seldom and seldom in vain.
        var copy = self
        let ready = copy.narrow(call, to: locks)
        guard later.allSatisfy({ copy.isReady($0) }) || !guards.has(.grantsStay) else { return nil }
        self = copy
        return ready
    }

    /// Removes a call that has ended or never ran. Returns the calls that became ready.
    package mutating func leave(_ call: CallNumber) -> [CallNumber] {
        guard let place = places.removeValue(forKey: call) else { return [] }
        poisoned.remove(call)
        removeChain(entries[place].first)
        entries.remove(place)
        return takeReady()
    }

    /// Gives back the locks of one releasable claim. Returns the calls that became ready.
    package mutating func release(_ claim: Int, of call: CallNumber) -> [CallNumber] {
        guard let place = places[call] else { return [] }
        var kept = ID.absent
        var gone = ID.absent
        var next = entries[place].first
        while next != .absent {
            let request = next
            next = requests[request].nextOfCall
            if requests[request].releasable == Int32(claim) {
                requests[request].nextOfCall = gone
                gone = request
            } else {
                requests[request].nextOfCall = kept
                kept = request
            }
        }
        entries[place].first = kept
        removeChain(gone)
        return takeReady()
    }

    /// Marks a call that will never end: what conflicts with it must be refused, see ``poisoner(of:)``. Returns the
    /// waiting calls that conflict with it.
    package mutating func poison(_ call: CallNumber) -> [CallNumber] {
        guard places[call] != nil else { return [] }
        poisoned.insert(call)
        return places.filter { entries[$0.value].missing > 0 && waits($0.key, for: call) }.map(\.key).sorted()
    }

    private mutating func takeReady() -> [CallNumber] {
        defer { ready.removeAll(keepingCapacity: true) }
        return ready.sorted()
    }
}

// MARK: - Requests

extension LockTable {
    /// Queues a lock, and what it leaves on everything above. `merging`: the call enters, so that its own requests stand
    /// together at the tail of every queue, and one of a mode is enough.
    private mutating func add(_ request: LockRequest, to place: ID, _ way: inout Way, merging: Bool) {
        let lock = request.lock
        let intent = QueueMode.intent(of: lock.mode)
        let releasable = Int32(request.releasable ?? -1)
        func entry(_ mode: QueueMode, _ effect: BindingEffect = .none) -> QueuedRequest {
            QueuedRequest(
                number: entries[place].number, entry: place, queue: 0, releasable: releasable, mode: mode,
                effect: effect)
        }
        go(to: lock.key, &way)
        // Everything above has this below it.
        for depth in way.steps.indices.dropLast() {
            if merging, way.steps[depth].intents.include(intent) { continue }
            queue(entry(intent), at: way.steps[depth].node, .subtree, merging)
            if releasable == -1 { way.steps[depth].intents.insert(intent) }
        }
        let node = way.steps.last?.node ?? KeyTree.root
        switch lock.facet {
        case .binding:
            if let parent = way.steps.dropLast().last?.node { queue(entry(intent), at: parent, .entries, merging) }
        case .entries: queue(entry(intent), at: node, .subtree, merging)
        case .content, .subtree: break
        }
        queue(entry(QueueMode(lock.mode), request.effect), at: node, lock.facet, merging)
    }

    /// From the root to the key of the last lock that a call got. It has several on each of its keys, and keys that lie side by
    /// side: what they have in common need not be looked for again.
    private struct Way {
        struct Step {
            var node: ID
            /// What the call has left here already, not to be released before its end: that stands for all more of it.
            var intents = QueueModes()
        }

        var key: Key?
        /// From the outermost, below the root.
        var steps: [Step] = []
    }

    private mutating func go(to key: Key, _ way: inout Way) {
        if way.key == key { return }
        let components = key.components
        var common = 0
        if let last = way.key?.components {
            while common < min(last.count, components.count), last[common] == components[common] { common += 1 }
        }
        way.key = key
        way.steps.removeLast(way.steps.count - common)
        for depth in common..<components.count {
            let above = depth == 0 ? KeyTree.root : way.steps[depth - 1].node
            way.steps.append(Way.Step(node: tree.intern(components[depth], below: above)))
        }
    }

    private mutating func queue(
        _ request: QueuedRequest, at node: ID, _ facet: Facet, _ merging: Bool
    ) {
        let queue = queueID(facet, of: node)
        let last = queues[queue][request.mode].last
        if merging, last != .absent, requests[last].entry == request.entry, merge(request, into: last) {
            return
        }

        var request = request
        request.queue = queue
        request.nextOfCall = entries[request.entry].first
        request.isClear = request.number <= bound(queue, request.mode)
        let id = requests.insert(request)
        entries[request.entry].first = id
        link(id)
        if !merging { holdBack(behind: id) }
        if !request.isClear { entries[request.entry].missing += 1 }
    }

    /// Whether `request` needs no place of its own because the same call's request `other` can stand for both.
    private mutating func merge(_ request: QueuedRequest, into other: ID) -> Bool {
        let held = requests[other]
        guard held.releasable == -1 || request.releasable == -1 || held.releasable == request.releasable else {
            return false
        }
        if request.releasable == -1 { requests[other].releasable = -1 }
        if request.effect > held.effect {
            count(held.effect, in: held.queue, -1)
            count(request.effect, in: held.queue, +1)
            requests[other].effect = request.effect
        }
        return true
    }

    private mutating func count(_ effect: BindingEffect, in queue: ID, _ change: Int) {
        queues[queue].effects[Int(effect.rawValue)] += change
        if effect != .none { effectCount += change }
    }

    private mutating func link(_ id: ID) {
        let request = requests[id]
        let queue = request.queue
        var list = queues[queue][request.mode]
        let before = last(in: list, upTo: request.number)
        let after = before == .absent ? list.first : requests[before].next
        requests[id].previous = before
        requests[id].next = after
        if before == .absent { list.first = id } else { requests[before].next = id }
        if after == .absent { list.last = id } else { requests[after].previous = id }
        if !request.isClear, list.firstWaiting == after || list.firstWaiting == .absent { list.firstWaiting = id }
        queues[queue][request.mode] = list
        queues[queue].count += 1
        count(request.effect, in: queue, +1)
    }

    /// A request has come into an old place: later ones that it excludes, and that were clear, are so no more. None of them is
    /// of a ready call: if it is narrower, their calls wait for the wide lock that is still here; see also `replace`.
    private mutating func holdBack(behind id: ID) {
        let request = requests[id]
        for mode in request.mode.excluding {
            let list = queues[request.queue][mode]
            // The last that is clear; those behind it wait anyway.
            var later =
                list.firstWaiting == .absent ? list.last : requests[list.firstWaiting].previous
            while later != .absent, requests[later].number > request.number {
                requests[later].isClear = false
                entries[requests[later].entry].missing += 1
                queues[request.queue][mode].firstWaiting = later
                later = requests[later].previous
            }
        }
    }

    private mutating func removeChain(_ first: ID) {
        var next = first
        while next != .absent {
            let id = next
            next = requests[id].nextOfCall
            unlink(id)
            requests.remove(id)
        }
    }

    private mutating func unlink(_ id: ID) {
        let request = requests[id]
        let queue = request.queue
        if !request.isClear { entries[request.entry].missing -= 1 }
        var list = queues[queue][request.mode]
        let wasFirst = list.first == id
        if list.firstWaiting == id { list.firstWaiting = request.next }
        if request.previous == .absent {
            list.first = request.next
        } else {
            requests[request.previous].next = request.next
        }
        if request.next == .absent {
            list.last = request.previous
        } else {
            requests[request.next].previous = request.previous
        }
        queues[queue][request.mode] = list
        queues[queue].count -= 1
        count(request.effect, in: queue, -1)
        if queues[queue].count == 0 {
            tree.detach(queues[queue].facet, from: queues[queue].node)
            queues.remove(request.queue)
        } else if wasFirst {
            for mode in request.mode.excluding { advance(request.queue, mode) }
        }
    }

    /// The last request of a list that is not later than `number`. Looked for from both ends: who enters has its place at the
    /// tail, and who narrows its locks, when it is its turn, near the head.
    func last(in list: LockQueue.List, upTo number: CallNumber) -> ID {
        var (front, back) = (list.first, list.last)
        while back != .absent, requests[back].number > number {
            if requests[front].number > number { return requests[front].previous }
            front = requests[front].next
            back = requests[back].previous
        }
        return back
    }

    /// Up to which call's number requests of `mode` are clear: the first that excludes them.
    func bound(_ queue: ID, _ mode: QueueMode) -> CallNumber {
        var bound = CallNumber(.max)
        for other in mode.excluding {
            let first = queues[queue][other].first
            if first != .absent { bound = min(bound, requests[first].number) }
        }
        return bound
    }

    /// Clears the requests that nothing excludes any more.
    private mutating func advance(_ queue: ID, _ mode: QueueMode) {
        var waiting = queues[queue][mode].firstWaiting
        guard waiting != .absent else { return }
        let bound = bound(queue, mode)
        while waiting != .absent, requests[waiting].number <= bound {
            requests[waiting].isClear = true
            let entry = requests[waiting].entry
            entries[entry].missing -= 1
            if entries[entry].missing == 0 { ready.append(entries[entry].number) }
            waiting = requests[waiting].next
        }
        queues[queue][mode].firstWaiting = waiting
    }

    private mutating func queueID(_ facet: Facet, of node: ID) -> ID {
        let existing = tree.queue(facet, of: node)
        if existing != .absent { return existing }
        let id = queues.insert(LockQueue(node: node, facet: facet))
        tree.attach(id, facet, to: node)
        return id
    }
}
