import Calls

// What must always hold of the table. For tests: it walks over everything.

extension LockTable {
    /// The first thing that is wrong with the table; nil when nothing is.
    package func checkInvariants() -> String? {
        var queued = 0
        for (call, place) in places {
            guard entries[place].number == call else { return "\(call) stands at the place of another call" }
            let mine = standings(of: call)
            let missing = mine.count { !$0.request.isClear }
            guard missing == entries[place].missing else {
                return "\(call) counts \(entries[place].missing) requests that are not clear, and has \(missing)"
            }
            guard mine.allSatisfy({ $0.request.number == call && $0.request.entry == place }) else {
                return "\(call) has requests of another call"
            }
            queued += mine.count
        }
        var listed = 0
        var used: Set<ID> = []
        for queue in queues.ids where queues[queue].count > 0 {
            if let wrong = checkQueue(queue) { return wrong }
            listed += queues[queue].count
            var node = queues[queue].node
            while node != KeyTree.root, used.insert(node).inserted { node = tree.nodes[node].parent }
        }
        guard listed == queued else { return "\(listed) requests stand in queues, and calls have \(queued)" }
        let effects = queues.ids.filter { queues[$0].count > 0 }.reduce(0) { sum, queue in
            sum + (1...3).reduce(0) { $0 + queues[queue].effects[$1] }
        }
        guard effects == effectCount else {
            return "\(effects) requests have an effect, and \(effectCount) are counted"
        }
        guard used.count == tree.count else { return "the tree has \(tree.count) nodes, and \(used.count) are used" }
        return nil
    }

    /// Every request is clear exactly if no earlier one excludes it, and so the clear ones of a list are a prefix.
    private func checkQueue(_ queue: ID) -> String? {
        let place = "the queue of \(queues[queue].facet) at \(tree.key(of: queues[queue].node))"
        var effects = [0, 0, 0, 0]
        var count = 0
        for mode in QueueMode.allCases {
            let list = queues[queue][mode]
            let bound = bound(queue, mode)
            var previous = ID.absent
            var next = list.first
            var firstWaiting = ID.absent
            while next != .absent {
                let request = requests[next]
                guard request.previous == previous, request.mode == mode, request.queue == queue else {
                    return "\(place) is not linked well at \(request.number)"
                }
                if previous != .absent, requests[previous].number > request.number {
                    return "\(place) has \(request.number) out of order"
                }
                guard request.isClear == (request.number <= bound) else {
                    return "\(place): \(request.number) is \(request.isClear ? "" : "not ")clear"
                }
                if !request.isClear, firstWaiting == .absent { firstWaiting = next }
                effects[Int(request.effect.rawValue)] += 1
                count += 1
                previous = next
                next = request.next
            }
            guard list.last == previous, list.firstWaiting == firstWaiting else { return "\(place) has wrong marks" }
        }
        guard count == queues[queue].count else { return "\(place) has \(count) requests, and counts otherwise" }
        guard effects == (0...3).map({ queues[queue].effects[$0] }) else { return "\(place) miscounts effects" }
        return nil
    }
}
