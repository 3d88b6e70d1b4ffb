import CInterlock

/// Lends Swift values to the host as slices, for the time of one service call: the host copies before it returns.
struct Lender {
    func lending<R>(_ text: String, _ body: (ilk_str) -> R) -> R {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body(ilk_str(ptr: $0.baseAddress, len: $0.count)) }
        }
    }

    func lending<R>(_ bytes: [UInt8], _ body: (ilk_str) -> R) -> R {
        bytes.withUnsafeBytes { bytes in
            body(ilk_str(ptr: bytes.bindMemory(to: CChar.self).baseAddress, len: bytes.count))
        }
    }
}

/// Copies what the host lends.
enum Collector {
    typealias Sink = @convention(c) (UnsafeMutableRawPointer?, ilk_str) -> ilk_status

    /// The chunks that a service hands over, one after another.
    static func chunks(
        _ service: (Sink, UnsafeMutableRawPointer) -> ilk_status
    ) -> (status: ilk_status, chunks: [[UInt8]]) {
        var chunks: [[UInt8]] = []
        let status = withUnsafeMutablePointer(to: &chunks) { service(keep, $0) }
        return (status, chunks)
    }

    /// Chunks that alternate between two texts.
    static func pairs(
        _ service: (Sink, UnsafeMutableRawPointer) -> ilk_status
    ) -> (status: ilk_status, pairs: [(String, String)]) {
        let (status, chunks) = chunks(service)
        let texts = chunks.map { String(decoding: $0, as: UTF8.self) }
        return (status, stride(from: 0, to: texts.count - texts.count % 2, by: 2).map { (texts[$0], texts[$0 + 1]) })
    }

    /// All chunks as one.
    static func bytes(
        _ service: (Sink, UnsafeMutableRawPointer) -> ilk_status
    ) -> (status: ilk_status, bytes: [UInt8]) {
        var bytes: [UInt8] = []
        let status = withUnsafeMutablePointer(to: &bytes) { service(append, $0) }
        return (status, bytes)
    }

    static func string(_ service: (Sink, UnsafeMutableRawPointer) -> ilk_status) -> String {
        String(decoding: bytes(service).bytes, as: UTF8.self)
    }

    static func copy(_ slice: ilk_str) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: slice.ptr, count: slice.ptr == nil ? 0 : slice.len)
    }

    private static let keep: Sink = { context, chunk in
        context?.assumingMemoryBound(to: [[UInt8]].self).pointee.append(Array(copy(chunk)))
        return ILK_OK
    }

    private static let append: Sink = { context, chunk in
        context?.assumingMemoryBound(to: [UInt8].self).pointee.append(contentsOf: copy(chunk))
        return ILK_OK
    }
}
