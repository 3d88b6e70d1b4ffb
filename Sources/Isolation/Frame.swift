import CWorker
import Loading
import System

// Frames of worker_protocol.h.

/// A frame in the making: its kind, and the fields that were put into it.
struct FrameWriter {
    private var body: [UInt8] = []
    private let kind: Int

    init(_ kind: Int, capacity: Int = 64) {
        self.kind = kind
        body.reserveCapacity(capacity)
    }

    mutating func put(_ value: Bool) { body.append(value ? 1 : 0) }
    mutating func put(_ value: UInt32) { body += plainBytes(of: value) }
    mutating func put(_ value: Int32) { body += plainBytes(of: value) }
    mutating func put(_ value: UInt64) { body += plainBytes(of: value) }
    mutating func put(_ value: iw_stat) { body += plainBytes(of: value) }

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

    /// With its head.
    var bytes: [UInt8] { plainBytes(of: iw_head(size: UInt32(body.count), kind: UInt16(kind), zero: 0)) + body }
}

struct Frame {
    var kind: Int
    var body: [UInt8]

    static let headSize = MemoryLayout<iw_head>.size

    /// What a head says.
    ///
    /// - Parameter limit: The most that a frame of a kind may have; nil = there is no such kind.
    static func head(
        _ bytes: ArraySlice<UInt8>, limit: (Int) -> Int?
    ) throws(ProtocolFault) -> (kind: Int, size: Int) {
        guard let head: iw_head = plainValue(bytes), head.zero == 0 else { throw ProtocolFault("a head that is none") }
        let (kind, size) = (Int(head.kind), Int(head.size))
        guard let limit = limit(kind) else { throw ProtocolFault("a frame of the unknown kind \(kind)") }
        guard size <= limit else { throw ProtocolFault("a frame of \(size) bytes, of kind \(kind)") }
        return (kind, size)
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
        let (kind, size) = try Frame.head(rest.prefix(Frame.headSize), limit: limit)
        guard rest.count >= Frame.headSize + size else { return nil }
        start += Frame.headSize + size
        return Frame(kind: kind, body: Array(bytes[start - size..<start]))
    }
}
