/// Why bytes are no text that could be shown or edited. Offsets count bytes from 0.
package enum NotText: Error, Sendable, Equatable {
    case zeroByte(offset: Int)
    case invalidUTF8(offset: Int, byte: UInt8)
    case utf16

    package static func check(_ bytes: [UInt8]) throws(NotText) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { throw .utf16 }
        if let offset = bytes.firstIndex(of: 0) { throw .zeroByte(offset: offset) }
        if let offset = firstInvalidOffset(in: bytes) { throw .invalidUTF8(offset: offset, byte: bytes[offset]) }
    }

    private static func firstInvalidOffset(in bytes: [UInt8]) -> Int? {
        do {
            _ = try UTF8Span(validating: bytes.span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }

    /// For bytes that are a part of a file.
    package func shifted(by distance: Int) -> NotText {
        switch self {
        case .zeroByte(let offset): .zeroByte(offset: offset + distance)
        case .invalidUTF8(let offset, let byte): .invalidUTF8(offset: offset + distance, byte: byte)
        case .utf16: .utf16
        }
    }

    /// What to say behind "The file".
    package var reason: String {
        switch self {
        case .zeroByte(let offset): "is binary: there is a zero byte at offset \(offset)"
        case .invalidUTF8(let offset, let byte):
            "is not UTF-8 text: byte 0x\(String(byte, radix: 16, uppercase: true)) at offset \(offset)"
        case .utf16: "seems to be UTF-16 text (it begins with that byte order mark); only UTF-8 is supported"
        }
    }
}
