import Calls
import System

/// A part of the lock file that stands for one facet of one place: 2^32 bytes, of which a lock takes all or one.
///
///     byte of the file =  1 bit waiting | 28 bits place | 2 bits facet | 32 bits call
///
/// This layout, and the digests below, are a contract between all versions of Interlock that one user runs: whoever changes
/// them changes the lock file's name. Two places with one digest cost parallelism and nothing else.
struct Region: Hashable, Comparable, Sendable {
    static let size: UInt64 = 1 << 32
    /// The half of the file in which waiting calls stand: see ``ProcessLocks``.
    static let waiting: UInt64 = 1 << 62

    /// Place and facet.
    let number: UInt32

    init(_ place: PlaceDigest, _ facet: Facet) {
        number = place.value << 2 | UInt32(facet.rawValue)
    }

    init(containing byte: UInt64) {
        number = UInt32((byte & ~Self.waiting) >> 32)
    }

    var start: UInt64 { UInt64(number) << 32 }

    static func < (a: Region, b: Region) -> Bool { a.number < b.number }
}

/// 28 bits of what a place is, in all processes.
struct PlaceDigest: Hashable, Sendable {
    let value: UInt32

    /// A directory that is there: whatever it is called.
    init(_ directory: Places.Directory) {
        var hash = StableHash()
        hash.add(directory)
        value = hash.bits(28)
    }

    /// A name in a directory, or several, one below the other, of which not even the first is a directory.
    init(_ names: some Collection<[UInt8]>, in directory: Places.Directory) {
        var hash = StableHash()
        hash.add(directory)
        for name in names { hash.add(name) }
        value = hash.bits(28)
    }

    /// What is no path.
    init(_ components: some Collection<[UInt8]>) {
        var hash = StableHash()
        for component in components { hash.add(component) }
        value = hash.bits(28)
    }
}

/// FNV-1a with the finalizer of splitmix64: the same in every process and for ever, which Swift's own is not.
struct StableHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ word: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }

    mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        for byte in bytes { add(byte) }
    }

    mutating func add(_ directory: Places.Directory) {
        add(directory.device)
        add(directory.inode)
    }

    private mutating func add(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    var value: UInt64 {
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    func bits(_ count: UInt64) -> UInt32 { UInt32(value >> (64 - count)) }
}
