import CWorker
import System

/// Somebody did not keep to the protocol between host and worker: worker_protocol.h.
package struct ProtocolFault: Error, Equatable {
    package var what: String

    package init(_ what: String) {
        self.what = what
    }
}

/// The fields of a frame's body, taken one after another.
package struct FieldReader {
    private let bytes: [UInt8]
    private var at = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package mutating func u8() throws(ProtocolFault) -> UInt8 { try number() }
    package mutating func u32() throws(ProtocolFault) -> UInt32 { try number() }
    package mutating func u64() throws(ProtocolFault) -> UInt64 { try number() }
    package mutating func i32() throws(ProtocolFault) -> Int32 { try number() }
    package mutating func f64() throws(ProtocolFault) -> Double { try number() }

    package mutating func flag() throws(ProtocolFault) -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw ProtocolFault("a flag that is neither 0 nor 1")
        }
    }

    package mutating func text() throws(ProtocolFault) -> String {
        String(decoding: try take(Int(clamping: try u64())), as: UTF8.self)
    }

    package mutating func lent() throws(ProtocolFault) -> Lent { try slice().lent }

    /// A slice that a plugin passed, and the length that it said.
    mutating func slice() throws(ProtocolFault) -> (lent: Lent, length: UInt64) {
        let (state, length) = (Int(try u8()), try u64())
        switch state {
        case IW_LENT_WHOLE: return (.bytes(Array(try take(Int(clamping: length)))), length)
        case IW_LENT_NULL: return (.null(length: length), length)
        case IW_LENT_LONG: return (.tooLong, length)
        default: throw ProtocolFault("a slice in no state")
        }
    }

    /// Nothing may be left.
    package func end() throws(ProtocolFault) {
        if at != bytes.count { throw ProtocolFault("\(bytes.count - at) bytes too many") }
    }

    private static let tooShort = ProtocolFault("a field that goes beyond its frame")

    private mutating func take(_ count: Int) throws(ProtocolFault) -> ArraySlice<UInt8> {
        guard count <= bytes.count - at else { throw Self.tooShort }
        at += count
        return bytes[at - count..<at]
    }

    private mutating func number<Number: BitwiseCopyable>() throws(ProtocolFault) -> Number {
        guard let number: Number = plainValue(try take(MemoryLayout<Number>.size)) else { throw Self.tooShort }
        return number
    }
}
