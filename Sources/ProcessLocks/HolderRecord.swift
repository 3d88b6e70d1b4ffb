import Calls
import System

/// What a call tells other hosts while it holds ranges or waits for them: fixed in size, and recognised when half written.
///
///     8 digest of the rest | 1 state | 1 length of tool | 2 count of regions | 4 own byte | 8 since | 8 call | 8 told
///     64 tool | 4 each region, its two top bits: all of it, and in which mode
struct HolderRecord: Equatable, Sendable {
    enum State: UInt8 {
        case holds = 1
        case waits = 2
    }

    static let size = 1024
    private static let head = 40
    private static let longestTool = 64
    /// A call with more regions is found by its own byte alone, or not by name, and counts as one that needs everything.
    static let mostRegions = (size - head - longestTool) / 4
    /// Set in a region's number: all of it, not the call's own byte alone.
    static let wholeBit: UInt32 = 1 << 31
    /// Set in a region's number: something of it exclusively.
    static let exclusiveBit: UInt32 = 1 << 30
    private static let numberBits = exclusiveBit - 1

    var state: State
    var call: CallNumber
    var tool: String
    var since: UInt64
    /// When it was told: who waits tells it again at every try.
    var told: UInt64
    var ownByte: UInt32
    /// Numbers of regions, some with ``wholeBit`` or ``exclusiveBit``.
    var regions: [UInt32]

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        func add<Word: FixedWidthInteger>(_ word: Word) {
            for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> Word(shift)))
            }
        }
        let name = Array(tool.utf8.prefix(Self.longestTool))
        let regions = regions.prefix(Self.mostRegions)
        add(state.rawValue)
        add(UInt8(name.count))
        add(UInt16(regions.count))
        add(ownByte)
        add(since)
        add(call.rawValue)
        add(told)
        bytes += name + [UInt8](repeating: 0, count: Self.longestTool - name.count)
        for region in regions { add(region) }
        return Self.digest(bytes[...]) + bytes
    }

    init(
        state: State, call: CallNumber, tool: String, since: UInt64, told: UInt64, ownByte: UInt32, regions: [UInt32]
    ) {
        self.state = state
        self.call = call
        self.tool = tool
        self.since = since
        self.told = told
        self.ownByte = ownByte
        self.regions = regions
    }

    /// nil: nothing is told here, or it is just being written.
    init?(_ bytes: ArraySlice<UInt8>) {
        func word<Word: FixedWidthInteger>(_ offset: Int, _: Word.Type) -> Word {
            (0..<Word.bitWidth / 8).reduce(0) { $0 | Word(bytes[bytes.startIndex + offset + $1]) << Word($1 * 8) }
        }
        guard bytes.count >= Self.head + Self.longestTool, let state = State(rawValue: word(8, UInt8.self)) else {
            return nil
        }
        let count = Int(word(10, UInt16.self))
        let end = Self.head + Self.longestTool + 4 * count
        guard end <= bytes.count, word(9, UInt8.self) <= Self.longestTool,
            bytes.prefix(8).elementsEqual(Self.digest(bytes.prefix(end).dropFirst(8)))
        else { return nil }
        let name = bytes.dropFirst(Self.head).prefix(Int(word(9, UInt8.self)))
        self.init(
            state: state, call: CallNumber(word(24, UInt64.self)), tool: String(decoding: name, as: UTF8.self),
            since: word(16, UInt64.self), told: word(32, UInt64.self), ownByte: word(12, UInt32.self), regions: [])
        for place in 0..<count {
            regions.append(word(Self.head + Self.longestTool + 4 * place, UInt32.self))
        }
    }

    private static func digest(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var hash = StableHash()
        hash.add(Array(bytes))
        return (0..<8).map { UInt8(truncatingIfNeeded: hash.value >> UInt64($0 * 8)) }
    }

    /// Whether a locked range of the lock file, in either half, may be this call's.
    func mayHaveLocked(_ range: ByteRange) -> Bool {
        let number = Region(containing: range.start).number
        // One byte is some call's own; more than one are all of a region, or what an own byte leaves.
        if range.count > 1 { return regions.contains { $0 & ~Self.exclusiveBit == number | Self.wholeBit } }
        return UInt32(truncatingIfNeeded: range.start) == ownByte
            && regions.contains { $0 & Self.numberBits == number }
    }

    /// Nanoseconds after which one that waits, and has not tried again, is not waited for: many times what one waits from
    /// try to try.
    static let longestSilence: UInt64 = 1_000_000_000

    /// Whether it waits and still comes. One whose host was stopped, or has no room to run it, does not.
    func isComing(at now: UInt64) -> Bool { state == .waits && now < told + Self.longestSilence }

    /// Whether two calls may need the same. Of two own bytes neither is in the other's way.
    func mayExclude(_ other: HolderRecord) -> Bool {
        if max(regions.count, other.regions.count) >= Self.mostRegions { return true }
        let mine = Dictionary(regions.map { ($0 & Self.numberBits, $0) }) { $0 | $1 }
        return other.regions.contains { theirs in
            guard let mine = mine[theirs & Self.numberBits] else { return false }
            return (mine | theirs) & Self.wholeBit != 0 && (mine | theirs) & Self.exclusiveBit != 0
        }
    }
}
