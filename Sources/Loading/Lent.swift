import CInterlock
import CWorker

/// A slice that a plugin passed, as far as it could be taken. What is wrong with one is said where it is used, with the
/// limit that holds there.
package enum Lent: Sendable, Equatable {
    case bytes([UInt8])
    /// NULL, with a length.
    case null(length: UInt64)
    /// Longer than ``maximum``; a negative number, most often.
    case tooLong

    /// What one slice can carry. Workers cannot carry more, and so nobody does.
    package static let maximum = Int(IW_SLICE_MAX)

    /// Nothing is read of a slice that is longer than `limit`.
    init(_ slice: ilk_str, limit: Int = maximum) {
        if slice.len < 0 || slice.len > limit {
            self = .tooLong
        } else if slice.len == 0 {
            self = .bytes([])
        } else if let start = slice.ptr {
            self = .bytes(Array(UnsafeRawBufferPointer(start: start, count: slice.len)))
        } else {
            self = .null(length: UInt64(slice.len))
        }
    }

    /// Nil if there are none, or more than `limit`.
    func bytes(limit: Int = maximum) -> [UInt8]? {
        if case .bytes(let bytes) = self, bytes.count <= limit { bytes } else { nil }
    }

    /// Nil if it is not UTF-8 either.
    func text(limit: Int = maximum) -> String? {
        bytes(limit: limit).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Why it is refused, if ``bytes(limit:)`` or ``text(limit:)`` did not take it.
    func fault(limit: Int) -> String {
        switch self {
        case .tooLong: "is longer than \(limit) bytes"
        case .null(let length) where length > UInt64(limit): "is longer than \(limit) bytes"
        case .null: "is NULL but has a length"
        case .bytes(let bytes): bytes.count > limit ? "is longer than \(limit) bytes" : "is not valid UTF-8"
        }
    }
}
