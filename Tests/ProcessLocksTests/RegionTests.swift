import Calls
import Locking
import TestSupport
import Testing

@testable import ProcessLocks

/// What excludes each other in the lock table excludes each other in the lock file, and nothing else does.
@Suite("Regions and the lock table")
struct RegionTests {
    static func ranges(_ locks: [Lock], x: Places.Directory?, ownByte: UInt32, passes: Bool = false) -> [HeldRange] {
        RegionHolds(
            locks, at: SmallTree.places(x: x), settled: passes ? [] : SmallTree.directories(x: x)
        ).ranges(ownByte: ownByte)
    }

    static func exclude(_ mine: [HeldRange], _ theirs: [HeldRange]) -> Bool {
        mine.contains { a in
            theirs.contains { b in
                (a.mode == .exclusive || b.mode == .exclusive) && a.range.start < b.range.end
                    && b.range.start < a.range.end
            }
        }
    }

    static func tableExcludes(_ a: [Lock], _ b: [Lock]) -> Bool {
        var table = LockTable()
        _ = table.enter(CallNumber(1), a.map { LockRequest($0) })
        return !table.enter(CallNumber(2), b.map { LockRequest($0) })
    }

    @Test("agree on every pair of locks", arguments: [nil, SmallTree.directory(5)])
    func pairs(x: Places.Directory?) {
        let mine = SmallTree.locks.map { Self.ranges([$0], x: x, ownByte: 7) }
        let theirs = SmallTree.locks.map { Self.ranges([$0], x: x, ownByte: 8) }
        var differences: [String] = []
        for (i, a) in SmallTree.locks.enumerated() {
            for (j, b) in SmallTree.locks.enumerated() {
                let expected = Self.tableExcludes([a], [b])
                if Self.exclude(mine[i], theirs[j]) != expected { differences.append("\(a) and \(b): \(expected)") }
            }
        }
        #expect(differences == [])
    }

    @Test("of a wide joint lock, which nobody makes, the file excludes no less than the table")
    func wideJoint() {
        for a in SmallTree.wideJointLocks {
            for b in SmallTree.locks + SmallTree.wideJointLocks where Self.tableExcludes([a], [b]) {
                let isExcluded = Self.exclude(
                    Self.ranges([a], x: nil, ownByte: 1), Self.ranges([b], x: nil, ownByte: 2))
                #expect(isExcluded, "\(a) and \(b)")
            }
        }
    }

    @Test("agree on calls of several locks, where the strongest counts", arguments: 1...8)
    func sets(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let x = seed.isMultiple(of: 2) ? SmallTree.directory(5) : nil
        var excluded = 0
        for _ in 0..<2_000 {
            func some() -> [Lock] {
                (0..<Int.random(in: 1...4, using: &random)).compactMap { _ in
                    SmallTree.locks.randomElement(using: &random)
                }
            }
            let (a, b) = (some(), some())
            let expected = Self.tableExcludes(a, b)
            let found = Self.exclude(Self.ranges(a, x: x, ownByte: 1), Self.ranges(b, x: x, ownByte: 2))
            #expect(found == expected, "\(a) and \(b)")
            excluded += expected ? 1 : 0
        }
        #expect(excluded > 200 && excluded < 1_900)
    }

    @Test("no call's ranges overlap each other")
    func disjoint() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            let locks = (0..<6).compactMap { _ in SmallTree.locks.randomElement(using: &random) }
            let ranges = Self.ranges(locks, x: nil, ownByte: .random(in: .min ... .max, using: &random), passes: true)
            for (a, b) in zip(ranges, ranges.dropFirst()) {
                #expect(a.range.end < b.range.start || a.range.end == b.range.start && a.mode != b.mode)
            }
        }
    }

    @Test("a directory that was missing and is there now: who passes meets who makes it, by any way of making it")
    func passage() {
        let x = SmallTree.directory(5)
        let inside = Lock(SmallTree.key("a", "x", "q"), .content, .exclusive)
        for mode in [LockMode.exclusive, .joint] {
            // Looked when x was missing, and has made it by now.
            let maker = Self.ranges([Lock(SmallTree.key("a", "x"), .binding, mode)], x: nil, ownByte: 1)
            #expect(Self.exclude(maker, Self.ranges([inside], x: x, ownByte: 2, passes: true)))
            // Once it is known that no maker is left, there is nothing to ask for.
            #expect(!Self.exclude(maker, Self.ranges([inside], x: x, ownByte: 2)))
        }
        #expect(
            !Self.exclude(
                Self.ranges([inside], x: x, ownByte: 1, passes: true),
                Self.ranges([Lock(SmallTree.key("a", "y"), .content, .exclusive)], x: x, ownByte: 2, passes: true)))
    }

    @Test("hosts with nested roots, or through two mounts, find the same regions")
    func otherRoots() {
        let file = Array("f".utf8)
        var outer = SmallTree.places(x: SmallTree.directory(5))
        let outerLock = Lock(SmallTree.key("a"), .subtree, .exclusive)
        // A host in /w/a/x: the directories above it are the same.
        var inner = Places()
        let rootKey = Key("path", "/w/a/x")
        let way = [SmallTree.slash, SmallTree.root, SmallTree.a, SmallTree.directory(5)]
        inner.add(root: rootKey, way.map { Places.Step(name: nil, directory: $0) })
        let innerLock = Lock(rootKey.appending(file), .content, .exclusive)
        func exclude(_ a: Lock, _ atA: Places, _ b: Lock, _ atB: Places) -> Bool {
            Self.exclude(
                RegionHolds([a], at: atA).ranges(ownByte: 1), RegionHolds([b], at: atB).ranges(ownByte: 2))
        }
        #expect(exclude(outerLock, outer, innerLock, inner))
        #expect(exclude(Lock(SmallTree.key("a", "x", "f"), .content, .exclusive), outer, innerLock, inner))
        #expect(!exclude(Lock(SmallTree.key("a", "y"), .subtree, .exclusive), outer, innerLock, inner))

        // One in a mount of /w/a/x elsewhere: a door to the way by which the others come.
        var mounted = Places()
        mounted.add(root: rootKey, [SmallTree.slash, SmallTree.directory(5)].map { .init(name: nil, directory: $0) })
        #expect(!exclude(outerLock, outer, innerLock, mounted))
        mounted.add(door: SmallTree.directory(5), [SmallTree.slash, SmallTree.root, SmallTree.a])
        #expect(exclude(outerLock, outer, innerLock, mounted))
        outer.add(door: SmallTree.a, [SmallTree.slash, SmallTree.directory(8)])
        #expect(exclude(Lock(SmallTree.key("a", "x", "f"), .content, .exclusive), outer, innerLock, mounted))
    }

    @Test("everything is everything in the roots, and nothing beside them")
    func everything() {
        let all = Self.ranges([Lock(.paths, .subtree, .exclusive)], x: nil, ownByte: 1)
        for key in SmallTree.keys where key.isPath && key != SmallTree.key() {
            #expect(Self.exclude(all, Self.ranges([Lock(key, .content, .shared)], x: nil, ownByte: 2)))
        }
        let elsewhere = Key("path", "/v")
        var places = Places()
        places.add(root: elsewhere, [SmallTree.slash, SmallTree.directory(9)].map { .init(name: nil, directory: $0) })
        let other = RegionHolds([Lock(.paths, .subtree, .exclusive)], at: places).ranges(ownByte: 2)
        #expect(!Self.exclude(all, other))
    }

    @Test("a host's own keys are its own")
    func ownKeys() {
        #expect(Self.ranges([Lock(.host("turn", "1"), .content, .exclusive)], x: nil, ownByte: 1).isEmpty)
    }

    @Test("what a call gives up is given up, and no more is ever asked for", arguments: 1...6)
    func common(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<500 {
            let locks = (0..<5).compactMap { _ in SmallTree.locks.randomElement(using: &random) }
            let kept = Array(locks.prefix(Int.random(in: 0...5, using: &random)))
            let places = SmallTree.places(x: nil)
            let before = RegionHolds(locks, at: places)
            let after = before.common(with: RegionHolds(kept, at: places))
            #expect(after.ranges(ownByte: 1) == RegionHolds(kept, at: places).ranges(ownByte: 1).map(\.self))
            // Whatever comes of a wrong order: never more than was held.
            let odd = before.common(with: RegionHolds(SmallTree.locks, at: places))
            #expect(odd.common(with: before).holds.allSatisfy { before.holds[$0.key].map($0.value.isSame) ?? false })
        }
    }
}
