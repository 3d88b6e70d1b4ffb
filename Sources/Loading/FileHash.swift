import Crypto
import Glibc

/// The SHA-256 of a file's bytes, by which operators pin plugins.
package struct FileHash: Sendable, Hashable, CustomStringConvertible {
    /// 64 hexadecimal digits, in lower case, as `sha256sum` prints them.
    package let description: String

    private static let chunkSize = 256 << 10

    /// Reads the whole file from its beginning, wherever the descriptor stands. Nil if it cannot be read; `errno` says why.
    package init?(of descriptor: Int32) {
        var hash = SHA256()
        var chunk = [UInt8](repeating: 0, count: Self.chunkSize)
        var offset: off_t = 0
        while true {
            let count = pread(descriptor, &chunk, chunk.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            hash.update(data: chunk[..<count])
            offset += off_t(count)
        }
        description = hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
