import Loading
import System

// Frames of worker_protocol.h. Numbers are in the machine's byte order, which on the machines that plugins are built for is
// the little-endian one.

/// A frame in the making: a head, and the fields that were put into it.
struct FrameWriter {
    private var body: [UInt8]
    private let kind: Int

    private static let headSize = 8

    init(_ kind: Int, capacity: Int = 64) {
        self.kind = kind
        body = []
        body.reserveCapacity(Self.headSize + capacity)
        body.append(contentsOf: repeatElement(0, count: Self.headSize))
    }

    mutating func put(_ value: Bool) { body.append(value ? 1 : 0) }
    mutating func put(_ value: UInt32) { putNumber(value) }
    mutating func put(_ value: Int32) { putNumber(UInt32(bitPattern: value)) }
    mutating func put(_ value: UInt64) { putNumber(value) }
    mutating func put(_ value: Int64) { putNumber(UInt64(bitPattern: value)) }

    /// With their length, as u64.
    mutating func put(_ bytes: some Collection<UInt8>) {
        put(UInt64(bytes.count))
        body.append(contentsOf: bytes)
    }

    /// With their length, as u32.
    mutating func putChunk(_ bytes: [UInt8]) {
        put(UInt32(bytes.count))
        body.append(contentsOf: bytes)
    }

    private mutating func putNumber<Number: FixedWidthInteger>(_ value: Number) {
        for place in 0..<Number.bitWidth / 8 { body.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }

    /// With its head.
    var bytes: [UInt8] {
        var bytes = body
        let size = UInt32(body.count - Self.headSize)
        for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: size >> (8 * place)) }
        for place in 0..<2 { bytes[4 + place] = UInt8(truncatingIfNeeded: kind >> (8 * place)) }
        return bytes
    }
}

/// Somebody did not keep to the protocol.
struct ProtocolFault: Error, Equatable {
    var what: String

    init(_ what: String) {
        self.what = what
    }
}

struct Frame {
    var kind: Int
    var body: [UInt8]

    static let headSize = 8

    /// What a head says.
    static func head(_ bytes: some Collection<UInt8>) throws(ProtocolFault) -> (kind: Int, size: Int) {
        var head = FieldReader(bytes)
        let size = Int(try head.u32())
        let kind = Int(try head.u16())
        guard try head.u16() == 0 else { throw ProtocolFault("a head that is none") }
        return (kind, size)
    }
}

/// The fields of a body, taken one after another.
struct FieldReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes)
    }

    mutating func u8() throws(ProtocolFault) -> UInt8 { try number() }
    mutating func u16() throws(ProtocolFault) -> UInt16 { try number() }
    mutating func u32() throws(ProtocolFault) -> UInt32 { try number() }
    mutating func u64() throws(ProtocolFault) -> UInt64 { try number() }
    mutating func i32() throws(ProtocolFault) -> Int32 { Int32(bitPattern: try number()) }
    mutating func f64() throws(ProtocolFault) -> Double { Double(bitPattern: try number()) }

    mutating func flag() throws(ProtocolFault) -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw ProtocolFault("a flag that is neither 0 nor 1")
        }
    }

    mutating func text() throws(ProtocolFault) -> String {
        String(decoding: try take(Int(clamping: try u64())), as: UTF8.self)
    }

    /// What stands before the first NUL byte in so many bytes.
    mutating func name(_ size: Int) throws(ProtocolFault) -> String {
        String(decoding: try take(size).prefix { $0 != 0 }, as: UTF8.self)
    }

    mutating func lent() throws(ProtocolFault) -> Lent {
        let state = try u8()
        let length = try u64()
        switch state {
        case 0: return .bytes(Array(try take(Int(clamping: length))))
        case 1: return .null(length: length)
        case 2: return .tooLong
        default: throw ProtocolFault("a slice in no state")
        }
    }

    /// Nothing may be left.
    func end() throws(ProtocolFault) {
        if at != bytes.count { throw ProtocolFault("\(bytes.count - at) bytes too many") }
    }

    private mutating func take(_ count: Int) throws(ProtocolFault) -> ArraySlice<UInt8> {
        guard count <= bytes.count - at else { throw ProtocolFault("a field that goes beyond its frame") }
        at += count
        return bytes[at - count..<at]
    }

    private mutating func number<Number: FixedWidthInteger & UnsignedInteger>() throws(ProtocolFault) -> Number {
        let size = Number.bitWidth / 8
        return try take(size).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }
}

/// Frames out of bytes that come in whatever pieces; never waits.
struct FrameAssembler {
    private var bytes: [UInt8] = []
    /// Where what has not been taken begins.
    private var start = 0
    /// The most that a frame of a kind may have; nil = there is no such kind.
    let limit: (Int) -> Int?

    init(limit: @escaping (Int) -> Int?) {
        self.limit = limit
    }

    mutating func add(_ more: [UInt8]) {
        bytes.removeFirst(start)
        start = 0
        bytes += more
    }

    mutating func next() throws(ProtocolFault) -> Frame? {
        let rest = bytes[start...]
        guard rest.count >= Frame.headSize else { return nil }
        let (kind, size) = try Frame.head(rest.prefix(Frame.headSize))
        guard let limit = limit(kind) else { throw ProtocolFault("a frame of the unknown kind \(kind)") }
        guard size <= limit else { throw ProtocolFault("a frame of \(size) bytes, of kind \(kind)") }
        guard rest.count >= Frame.headSize + size else { return nil }
        start += Frame.headSize + size
        return Frame(kind: kind, body: Array(bytes[start - size..<start]))
    }
}
