import Calls
import TestSupport
import Testing

@testable import Locking

/// The lock table against a model of it that is too simple to be wrong: a list of calls with their locks, in the order of
/// ingest, in which every pair is compared.
@Suite("The lock table and its oracle")
struct LockTableOracleTests {
    @Test("agree on who is ready, who is in whose way and what is covered, at every step", arguments: 1...60)
    func agree(seed: Int) throws {
        var run = OracleRun(seed: UInt64(seed))
        for step in 0..<120 {
            try run.step()
            let complaint = run.complaint()
            try #require(complaint == nil, "seed \(seed), step \(step)")
        }
        try run.empty()
        #expect(run.table.count == 0)
        #expect(run.table.tree.count == 0)
        #expect(run.table.queues.elements.allSatisfy { $0.count == 0 })
    }

    @Test("a later call that waits for a wide lock waits for the narrow one that takes its place")
    func narrowHoldsBack() {
        var table = LockTable()
        let file = Key("path", "w", "d", "f")
        // Nobody stands before the third at the file itself.
        let ready = [
            table.enter(CallNumber(1), [LockRequest(Lock(Key("path", "w"), .subtree, .shared))]),
            table.enter(CallNumber(2), [LockRequest(Lock(Key("path", "w", "d"), .subtree, .exclusive))]),
            table.enter(CallNumber(3), [LockRequest(Lock(file, .content, .exclusive))]),
        ]
        #expect(ready == [true, false, false])
        let narrowed = table.narrow(CallNumber(2), to: [LockRequest(Lock(file, .content, .exclusive))])
        #expect(narrowed == [])
        let afterFirst = table.leave(CallNumber(1))
        #expect(afterFirst == [CallNumber(2)])
        #expect(!table.isReady(CallNumber(3)))
        let afterSecond = table.leave(CallNumber(2))
        #expect(afterSecond == [CallNumber(3)])
        #expect(table.checkInvariants() == nil)
    }

    @Test("of what a call may do to one name the strongest counts, and only for calls behind it")
    func strongestEffect() {
        var table = LockTable()
        let lock = Lock(Key("path", "w", "d"), .subtree, .exclusive)
        let ready = table.enter(
            CallNumber(1), [LockRequest(lock), LockRequest(lock, effect: .anything), LockRequest(lock, effect: .file)])
        #expect(ready)
        let below = Key("path", "w", "d", "f")
        #expect(table.uncertainty(of: below, followed: [], before: CallNumber(2)).until?.because == CallNumber(1))
        #expect(table.uncertainty(of: below, followed: [], before: CallNumber(1)).until == nil)
        #expect(table.checkInvariants() == nil)
    }
}

/// The oracle's idea of two locks: which ones overlap, straight from the definition of the facets.
func overlap(_ a: Lock, _ b: Lock) -> Bool {
    func contains(_ wide: Lock, _ narrow: Lock) -> Bool {
        let deeper = narrow.key.components.count - wide.key.components.count
        guard narrow.key.isInside(wide.key) else { return false }
        return switch wide.facet {
        case .binding, .content: wide.key == narrow.key && wide.facet == narrow.facet
        case .entries: deeper == 0 && narrow.facet == .entries || deeper == 1 && narrow.facet == .binding
        case .subtree: deeper > 0 || narrow.facet == .subtree || narrow.facet == .entries
        }
    }
    return contains(a, b) || contains(b, a)
}

func conflict(_ a: Lock, _ b: Lock) -> Bool {
    guard overlap(a, b) else { return false }
    switch (a.mode, b.mode) {
    case (.shared, .shared): return false
    case (.joint, .joint): return a.key != b.key || a.facet != b.facet
    default: return true
    }
}

/// Whether holding `held` is enough for somebody who needs `wanted`.
private func covers(_ held: Lock, _ wanted: Lock) -> Bool {
    guard overlap(held, wanted), wanted.key.isInside(held.key) else { return false }
    if held.facet != wanted.facet || held.key != wanted.key {
        let isEntriesOfItsOwnSubtree = held.key == wanted.key && wanted.facet == .entries && held.facet == .subtree
        let isBelow = wanted.key != held.key && (held.facet == .subtree || held.facet == .entries)
        guard isBelow || isEntriesOfItsOwnSubtree else { return false }
    }
    return held.mode == .exclusive || held.mode == wanted.mode || held.mode == .joint && wanted.mode == .shared
}

private struct OracleRun {
    struct Member {
        var call: CallNumber
        var locks: [LockRequest]
    }

    let keys: [Key] = [
        Key("p"), Key("p", "a"), Key("p", "b"), Key("p", "a", "x"), Key("p", "a", "y"), Key("p", "a", "x", "q"),
        Key("k", "one"), Key("k"),
    ]
    var table = LockTable()
    var members: [Member] = []
    var wereReady: Set<CallNumber> = []
    var generator: SeededGenerator
    var last: UInt64 = 0

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func step() throws {
        switch generator.below(10) {
        case 0..<5 where members.count < 9: enter()
        case 5..<7: try release()
        case 7: try narrow()
        default: if !members.isEmpty { try leave(generator.below(members.count)) }
        }
    }

    mutating func empty() throws {
        while !members.isEmpty {
            try leave(generator.below(members.count))
            let complaint = complaint()
            try #require(complaint == nil)
        }
    }

    private mutating func lock() -> Lock {
        let facet = Facet.allCases[generator.below(4)]
        let isExact = facet == .binding || facet == .content
        let mode = LockMode.allCases[generator.below(isExact ? 3 : 2)]
        return Lock(keys[generator.below(keys.count)], facet, mode)
    }

    private mutating func enter() {
        last += 1 + UInt64(generator.below(3))
        let call = CallNumber(last)
        let locks = (0...generator.below(4)).map { _ in
            LockRequest(
                lock(), effect: BindingEffect(rawValue: UInt8(generator.below(4))) ?? .none,
                releasable: generator.below(3) == 0 ? generator.below(2) : nil)
        }
        let isReady = table.enter(call, locks)
        members.append(Member(call: call, locks: locks))
        #expect(isReady == oracleIsReady(members.count - 1))
        if isReady { wereReady.insert(call) }
    }

    private mutating func leave(_ index: Int) throws {
        let call = members.remove(at: index).call
        wereReady.remove(call)
        try expectReady(table.leave(call))
    }

    private mutating func release() throws {
        guard !members.isEmpty else { return }
        let index = generator.below(members.count)
        let claim = generator.below(2)
        members[index].locks.removeAll { $0.releasable == claim }
        let ready = table.release(claim, of: members[index].call)
        try expectReady(ready, maybe: members[index].call)
    }

    /// To locks inside those that the call has.
    private mutating func narrow() throws {
        guard !members.isEmpty else { return }
        let index = generator.below(members.count)
        var narrower: [LockRequest] = []
        for _ in 0..<12 {
            let lock = lock()
            // Joint is not wider than shared: others may be beside it that shared excludes.
            let isWider = { (old: LockRequest) in
                covers(old.lock, lock) && (old.lock.mode != .joint || lock.mode == .joint)
            }
            if members[index].locks.contains(where: isWider) { narrower.append(LockRequest(lock)) }
        }
        members[index].locks = narrower
        let ready = table.narrow(members[index].call, to: narrower)
        try expectReady(ready)
    }

    /// `maybe`: a call whose own step made it ready is told by `isReady`, too.
    private mutating func expectReady(_ reported: [CallNumber], maybe own: CallNumber? = nil) throws {
        let ready = Set(members.indices.filter { oracleIsReady($0) }.map { members[$0].call })
        let expected = ready.subtracting(wereReady)
        try #require(Set(reported).union(own.map { expected.contains($0) ? [$0] : [] } ?? []) == expected)
        try #require(reported == reported.sorted())
        try #require(wereReady.isSubset(of: ready), "a ready call became unready")
        wereReady = ready
    }

    private func oracleIsReady(_ index: Int) -> Bool {
        members[..<index].allSatisfy { !areInConflict($0, members[index]) }
    }

    private func areInConflict(_ a: Member, _ b: Member) -> Bool {
        a.locks.contains { mine in b.locks.contains { conflict(mine.lock, $0.lock) } }
    }

    func complaint() -> String? {
        if let broken = table.checkInvariants() { return broken }
        for (index, member) in members.enumerated() {
            let call = member.call
            let isReady = oracleIsReady(index)
            if table.isReady(call) != isReady { return "\(call) should \(isReady ? "" : "not ")be ready" }
            let inTheWay = members[..<index].filter { areInConflict($0, member) }.map(\.call)
            for earlier in members[..<index].map(\.call)
            where table.waits(call, for: earlier) != inTheWay.contains(earlier) {
                return "\(call) and \(earlier): the table is wrong about their conflict"
            }
            let named = table.conflicts(of: call).map(\.call)
            if named.isEmpty != isReady || !Set(named).isSubset(of: inTheWay) { return "\(call) names \(named)" }
            for key in keys {
                for facet in Facet.allCases {
                    for mode in LockMode.allCases {
                        let lock = Lock(key, facet, mode)
                        let expected = member.locks.contains { covers($0.lock, lock) }
                        if table.covers(lock, of: call) != expected {
                            return "\(call) covers \(lock): the oracle says \(expected), of \(member.locks.map(\.lock))"
                        }
                    }
                }
            }
        }
        return nil
    }
}
