import CDigest

/// The SHA-256 of a file's bytes, by which operators pin plugins.
package struct FileHash: Sendable, Hashable, CustomStringConvertible {
    /// 64 hexadecimal digits, in lower case, as `sha256sum` prints them.
    package let description: String

    package struct Failure: Error {
        /// Of errno.h.
        package var code: Int32
    }

    /// Reads the whole file, wherever the descriptor stands.
    package init(of descriptor: Int32) throws(Failure) {
        var digest = [UInt8](repeating: 0, count: Int(DIGEST_SHA256_SIZE))
        let result: Int32 = digest_sha256(descriptor, &digest)
        guard result == 0 else { throw Failure(code: -result) }
        description = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
