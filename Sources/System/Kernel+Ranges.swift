import CLinux

/// Bytes of a file that can be locked, whether the file has them or not.
package struct ByteRange: Sendable, Hashable {
    package var start: UInt64
    package var count: UInt64

    package init(start: UInt64, count: UInt64) {
        self.start = start
        self.count = count
    }

    package var end: UInt64 { start + count }

    /// All that can be locked from `start` on.
    package static func from(_ start: UInt64) -> ByteRange {
        ByteRange(start: start, count: UInt64(Int64.max) - start + 1)
    }

    /// As the system wants it: 0 reaches to the end of all files.
    fileprivate var length: Int64 { end > UInt64(Int64.max) ? 0 : Int64(count) }
}

extension Kernel {
    package enum RangeMode: Sendable, Hashable {
        case shared, exclusive

        fileprivate var number: Int32 { Int32(self == .shared ? LINUX_RANGE_SHARED : LINUX_RANGE_EXCLUSIVE) }
    }

    /// Locks a range for this open file, in place of what it had of it. The lock is the open file's own, not the process's:
    /// two opened files of one process exclude each other. Throws `.wouldBlock` when another has a part of the range in an
    /// excluding mode.
    package func lock(_ range: ByteRange, of file: Descriptor, _ mode: RangeMode) throws(SystemError) {
        try run(.lockRange) {
            file.withNumber { linux_lock_range($0, mode.number, Int64(range.start), range.length) }
        }
    }

    package func unlock(_ range: ByteRange, of file: Descriptor) throws(SystemError) {
        try run(.lockRange) {
            file.withNumber {
                linux_lock_range($0, Int32(LINUX_RANGE_FREE), Int64(range.start), range.length)
            }
        }
    }

    /// What another open file has locked of the range, so that this one could not; one such range, or nil.
    package func rangeInTheWay(
        of range: ByteRange, of file: Descriptor, _ mode: RangeMode
    ) throws(SystemError) -> ByteRange? {
        var (start, count) = (Int64(range.start), range.length)
        let found = try run(.findRange) { file.withNumber { linux_find_range($0, mode.number, &start, &count) } }
        guard found != 0 else { return nil }
        return count == 0 ? .from(UInt64(start)) : ByteRange(start: UInt64(start), count: UInt64(count))
    }
}
