import CLinux

/// Connections between processes of this machine. Both ends are close-on-exec.
package enum Connection {
    /// A stream of bytes, or of packets that keep their ends.
    package static func pair(packets: Bool = false) throws(SystemError) -> (Descriptor, Descriptor) {
        var ends: [Int32] = [-1, -1]
        try SystemError.check(linux_socket_pair(packets ? 1 : 0, &ends))
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }
}

extension Descriptor {
    /// Sends all the bytes, waiting for room; the descriptors travel with the first. Somebody who is gone is an error
    /// (EPIPE), never a signal.
    ///
    /// - Parameters:
    ///   - numbers: More descriptors, which are open until this returns.
    ///   - process: Who is to read. When it is gone nobody waits for room, whoever else has a copy of the other end.
    ///   - milliseconds: How long to wait at most (then ETIMEDOUT, and half of it may be sent); nil = for ever.
    package func send(
        _ bytes: [UInt8], with descriptors: [Descriptor] = [], lending numbers: [Int32] = [],
        to process: ProcessHandle? = nil, within milliseconds: Int32? = nil
    ) throws(SystemError) {
        let result = withExtendedLifetime((descriptors, process)) {
            let numbers = descriptors.map { $0.withNumber { $0 } } + numbers
            let reader = process?.descriptor.withNumber { $0 } ?? -1
            return bytes.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress else { return 0 }
                return withNumber {
                    linux_send($0, start, bytes.count, numbers, Int32(numbers.count), reader, milliseconds ?? -1)
                }
            }
        }
        try SystemError.check(result)
    }

    /// What is there, at most `maximum` bytes, waiting until something is; empty at the end. Descriptors that come along
    /// are closed.
    ///
    /// - Parameter process: Who is to speak. When it is gone there is nothing more to come than it has said, whoever else has a
    ///   copy of the other end.
    package func receive(maximum: Int, from process: ProcessHandle? = nil) throws(SystemError) -> [UInt8] {
        if let process, try Self.waitReadable([self, process.descriptor]).contains(1) { hangUp() }
        return try receive(maximum: maximum, descriptor: nil)
    }

    /// The same; the first descriptor that came along is kept.
    package func receiveWithDescriptor(maximum: Int) throws(SystemError) -> (bytes: [UInt8], descriptor: Descriptor?) {
        var number: Int32 = -1
        let bytes = try withUnsafeMutablePointer(to: &number) { (number) throws(SystemError) in
            try receive(maximum: maximum, descriptor: number)
        }
        return (bytes, number < 0 ? nil : Descriptor(owning: number))
    }

    private func receive(
        maximum: Int, descriptor: UnsafeMutablePointer<Int32>?
    ) throws(SystemError) -> [UInt8] {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: maximum) { buffer, filled in
            guard let start = buffer.baseAddress else { return }
            result = withNumber { linux_receive($0, start, buffer.count, descriptor) }
            filled = max(result, 0)
        }
        try SystemError.check(result)
        return bytes
    }

    /// The other side comes to the end of what was sent, and can go on sending.
    package func endSending() {
        // Somebody who is gone has noticed.
        _ = withNumber { linux_end_sending($0) }
    }

    /// Nothing more can be sent either way; what was sent before can still be read. Whoever waits here for the other side, waits
    /// no longer.
    package func hangUp() {
        // Somebody who has hung up has noticed.
        _ = withNumber { linux_hang_up($0) }
    }

    /// Which of some descriptors are readable, or at their end; waits until one is, or for so many milliseconds.
    package static func waitReadable(
        _ descriptors: [Descriptor], milliseconds: Int32? = nil
    ) throws(SystemError) -> Set<Int> {
        let bits = withExtendedLifetime(descriptors) {
            let numbers = descriptors.map { $0.withNumber { $0 } }
            return linux_wait_readable(numbers, Int32(numbers.count), milliseconds ?? -1)
        }
        try SystemError.check(bits)
        return Set(descriptors.indices.filter { bits & 1 << $0 != 0 })
    }
}

extension SystemError {
    static func check(_ result: Int) throws(SystemError) {
        if result < 0 { throw SystemError(Int32(truncatingIfNeeded: -result)) }
    }
}

/// The bytes that come from a connection, in the pieces that the reader asks for. For one thread.
package struct ByteStream {
    private let source: Descriptor
    private let process: ProcessHandle?
    private var buffer: [UInt8] = []
    private var start = 0

    /// What is read ahead at most.
    private static let chunk = 16 << 10

    /// - Parameter process: Who speaks: the stream ends with it.
    package init(_ source: Descriptor, from process: ProcessHandle? = nil) {
        self.source = source
        self.process = process
    }

    /// Whether bytes are here that nobody has asked for yet.
    package var hasMore: Bool { start < buffer.count }

    /// Exactly so many bytes; nil if the stream ends before. Room is reserved for all of them, and used only as they come.
    package mutating func next(_ count: Int) throws(SystemError) -> [UInt8]? {
        if buffer.count - start >= count { return take(count) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        bytes += take(buffer.count - start)
        while bytes.count < count {
            let rest = count - bytes.count
            if rest >= Self.chunk {
                let more = try source.receive(maximum: min(rest, 1 << 20), from: process)
                if more.isEmpty { return nil }
                bytes += more
            } else {
                buffer = try source.receive(maximum: Self.chunk, from: process)
                start = 0
                if buffer.isEmpty { return nil }
                bytes += take(min(rest, buffer.count))
            }
        }
        return bytes
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        let bytes = Array(buffer[start..<start + count])
        start += count
        return bytes
    }
}
