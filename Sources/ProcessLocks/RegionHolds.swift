import Calls
import Guards
import System

/// What a call's locks come down to in the lock file. Pure.
///
///     in the lock table                         in the lock file
///     a shared or exclusive lock                all bytes of the region of its place and facet
///     a joint lock (on a name or a content)     the call's own byte there, exclusive
///     the intent that a lock leaves above it    the call's own byte there, in the mode of the lock
///
/// Own bytes of two calls never meet, all bytes meet every own byte: so two calls exclude each other here exactly if their
/// locks do in the table (`RegionTests` compares all small pairs). For each region the strongest of a call's modes is found
/// first, so that nothing that is held is ever made stronger.
///
/// A directory is known by its number, a name by the directory that it is in. So a name that is missing has another region
/// than the directory that is made there later, and whoever passes through a directory asks for its name, shared, beside its
/// number: that meets the call that made it and is not done. Of a directory that was passed so once, this is known for good.
struct RegionHolds: Sendable {
    struct Hold: Sendable, Equatable {
        /// All the region's bytes, in this mode.
        var whole: Mode?
        /// The call's own byte.
        var own: Mode?
        /// One of the locks that ask for it, by its place among them.
        var lock: Int
    }

    private(set) var holds: [Region: Hold] = [:]
    /// Directories that were asked for by their names.
    private(set) var passed: Set<Places.Directory> = []

    /// `settled`: directories that need not be asked for by their names.
    init(
        _ locks: [Lock], at places: Places, settled: Set<Places.Directory> = [], guards: RaceGuards = .all
    ) {
        guard guards.has(.processLocks) else { return }
        // Of the last key: a call has several locks on each.
        var last: (key: Key, way: Way)?
        for (index, lock) in locks.enumerated() where !lock.key.isHosts {
            let keys = lock.key == .paths ? places.outermostRoots : [lock.key]
            for key in keys {
                if key.isPath, last?.key != key {
                    guard let way = places.way(to: key) else { preconditionFailure("\(key) is in no root") }
                    last = (key, way)
                    if guards.has(.passage) { addPassage(way.steps, settled, index) }
                }
                let way = key.isPath ? last?.way : nil
                add(AskedRegions(key, lock.facet, on: way, at: places), lock.mode, index)
            }
        }
    }

    fileprivate typealias Way = (steps: [Places.Step], rest: ArraySlice<[UInt8]>)

    private mutating func add(_ asked: AskedRegions, _ mode: LockMode, _ lock: Int) {
        for region in asked.intents {
            holds[region, default: Hold(lock: lock)].add(own: mode == .shared ? .shared : .exclusive)
        }
        switch mode {
        case .shared: holds[asked.own, default: Hold(lock: lock)].add(whole: .shared)
        case .exclusive: holds[asked.own, default: Hold(lock: lock)].add(whole: .exclusive)
        // Where intents may stand, an own byte would not meet them; nothing is made jointly there.
        case .joint where asked.mayHaveIntents: holds[asked.own, default: Hold(lock: lock)].add(whole: .exclusive)
        case .joint: holds[asked.own, default: Hold(lock: lock)].add(own: .exclusive)
        }
    }

    private mutating func addPassage(_ steps: [Places.Step], _ settled: Set<Places.Directory>, _ lock: Int) {
        for (parent, step) in zip(steps, steps.dropFirst()) where !settled.contains(step.directory) {
            guard let name = step.name else { continue }
            let region = Region(PlaceDigest([name], in: parent.directory), .binding)
            holds[region, default: Hold(lock: lock)].add(whole: .shared)
            passed.insert(step.directory)
        }
    }

    /// Disjoint, in the order of the file; those of one mode that touch are one.
    func ranges(ownByte: UInt32) -> [HeldRange] {
        Self.ranges(holds.sorted { $0.key < $1.key }, ownByte)
    }

    func ranges(ownByte: UInt32, of region: Region) -> [HeldRange] {
        Self.ranges(holds[region].map { [(region, $0)] } ?? [], ownByte)
    }

    private static func ranges(_ holds: [(key: Region, value: Hold)], _ ownByte: UInt32) -> [HeldRange] {
        var ranges: [HeldRange] = []
        func add(_ start: UInt64, _ end: UInt64, _ mode: Mode, _ lock: Int) {
            guard start < end else { return }
            if let last = ranges.last, last.range.end == start, last.mode == mode {
                ranges[ranges.count - 1].range.count += end - start
            } else {
                ranges.append(HeldRange(range: ByteRange(start: start, count: end - start), mode: mode, lock: lock))
            }
        }
        for (region, hold) in holds {
            let end = region.start + Region.size
            let byte = region.start + UInt64(ownByte)
            switch (hold.whole, hold.own) {
            case (.shared, .exclusive):
                add(region.start, byte, .shared, hold.lock)
                add(byte, byte + 1, .exclusive, hold.lock)
                add(byte + 1, end, .shared, hold.lock)
            case (let whole?, _): add(region.start, end, whole, hold.lock)
            case (nil, let own?): add(byte, byte + 1, own, hold.lock)
            case (nil, nil): break
            }
        }
        return ranges
    }
}

extension RegionHolds {
    /// Whether all that `other` asks for is held.
    func covers(_ other: RegionHolds) -> Bool {
        other.holds.allSatisfy { region, wanted in
            holds[region].map { $0.common(with: wanted).isSame(as: wanted) } ?? false
        }
    }

    /// What of it is asked for by `other` too: never more than it was.
    func common(with other: RegionHolds) -> RegionHolds {
        var result = self
        result.holds = [:]
        for (region, hold) in holds {
            if let wanted = other.holds[region] { result.holds[region] = hold.common(with: wanted) }
        }
        return result
    }

    /// As records tell them.
    var words: [UInt32] {
        holds.map { region, hold in
            let isExclusive = hold.whole == .exclusive || hold.own == .exclusive
            return region.number | (hold.whole == nil ? 0 : HolderRecord.wholeBit)
                | (isExclusive ? HolderRecord.exclusiveBit : 0)
        }
    }
}

/// A range of the lock file that a call holds or wants.
struct HeldRange: Sendable, Equatable {
    var range: ByteRange
    var mode: Mode
    /// As in ``RegionHolds/Hold``.
    var lock: Int

    var kernelMode: Kernel.RangeMode { mode == .shared ? .shared : .exclusive }

    /// Where calls stand that wait for this range.
    var waiting: ByteRange { ByteRange(start: range.start + Region.waiting, count: range.count) }
}

/// Where one lock stands: its own region, and those in which it leaves an intent.
private struct AskedRegions {
    let own: Region
    let intents: [Region]
    /// Whether other locks leave their intents in its own region.
    let mayHaveIntents: Bool

    /// `way`: to a key that is a path.
    init(_ key: Key, _ facet: Facet, on way: RegionHolds.Way?, at places: Places) {
        mayHaveIntents = facet == .entries || facet == .subtree
        var intents: [Region]
        let itself: PlaceDigest
        let parent: PlaceDigest?
        if let (steps, rest) = way, let last = steps.last?.directory {
            let above = rest.isEmpty ? steps.dropLast() : steps[...]
            intents = above.map { Region(PlaceDigest($0.directory), .subtree) }
            for count in 1..<max(rest.count, 1) {
                intents.append(Region(PlaceDigest(rest.prefix(count), in: last), .subtree))
            }
            if places.hasDoors { intents += Self.otherWays(steps, places) }
            // Everything but its name is a directory's own.
            let isDirectory = rest.isEmpty && facet != .binding
            itself =
                isDirectory ? PlaceDigest(last) : rest.isEmpty ? Self.named(steps) : PlaceDigest(rest, in: last)
            parent =
                rest.count > 1 ? PlaceDigest(rest.dropLast(), in: last) : above.last.map { PlaceDigest($0.directory) }
        } else {
            // The first component is a namespace: nobody locks that.
            let components = key.components
            let above = (2..<max(components.count, 2)).map { PlaceDigest(components.prefix($0)) }
            intents = above.map { Region($0, .subtree) }
            itself = PlaceDigest(components)
            parent = above.last
        }
        own = Region(itself, facet)
        switch facet {
        case .binding: if let parent { intents.append(Region(parent, .entries)) }
        case .entries: intents.append(Region(itself, .subtree))
        case .content, .subtree: break
        }
        self.intents = intents
    }

    /// A directory by its name; "/" has none.
    private static func named(_ steps: [Places.Step]) -> PlaceDigest {
        let last = steps[steps.count - 1]
        guard steps.count > 1, let name = last.name else { return PlaceDigest(last.directory) }
        return PlaceDigest([name], in: steps[steps.count - 2].directory)
    }

    private static func otherWays(_ steps: [Places.Step], _ places: Places) -> [Region] {
        steps.flatMap { places.otherWays(to: $0.directory) }.joined().map { Region(PlaceDigest($0), .subtree) }
    }
}

extension RegionHolds.Hold {
    fileprivate init(lock: Int) {
        self.init(whole: nil, own: nil, lock: lock)
    }

    func isSame(as other: Self) -> Bool { whole == other.whole && own == other.own }

    /// What of it is asked for by `other` too.
    func common(with other: Self) -> Self {
        func weaker(_ a: Mode?, _ b: Mode?) -> Mode? {
            a == .exclusive ? b : b == .exclusive ? a : a.flatMap { _ in b }
        }
        let strongest = whole == .exclusive || own == .exclusive ? Mode.exclusive : whole ?? own
        return Self(whole: weaker(whole, other.whole), own: weaker(strongest, other.own), lock: lock)
    }

    fileprivate mutating func add(whole mode: Mode) {
        if whole != .exclusive { whole = mode }
    }

    fileprivate mutating func add(own mode: Mode) {
        if own != .exclusive { own = mode }
    }
}
