import CInterlock
import Glibc

/// A plugin's file, and what is known of it without running any of it: that it is a regular file, a library for this machine,
/// with the entry, and the one that was pinned.
package struct PluginFile: Sendable {
    package let path: String
    /// Nil if nobody wanted it.
    package let sha256: FileHash?
    private let identity: Identity

    /// - Parameters:
    ///   - pinned: What it must hash to (64 hexadecimal digits, lower case); nil = it is not pinned.
    ///   - hashing: Whether the hash is wanted in any case.
    package init(_ path: String, pinned: String? = nil, hashing: Bool = false) throws(LoadFailure) {
        self.path = path
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let missing = errno == ENOENT ? "build it, or correct the path" : "the host must be able to read it"
            throw LoadFailure(file: path, reason: Self.words(errno), help: missing)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw LoadFailure(file: path, reason: Self.words(errno), help: "the host must be able to read it")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw LoadFailure(
                file: path, reason: "it is not a regular file", help: "name the built shared library (.so) itself")
        }
        do throws(ELFFile.Fault) {
            let library = try ELFFile { offset, count in Self.bytes(of: descriptor, from: offset, count) }
            try Self.checkEntry(library.exports)
        } catch {
            throw LoadFailure(file: path, reason: error.reason, help: error.help)
        }
        sha256 = pinned != nil || hashing ? try Self.hash(descriptor, path, pinned: pinned) : nil
        identity = Identity(status)
    }

    /// The same path for a process that works in another directory. Links in it stay: libraries look beside their name.
    package var absolutePath: String {
        if path.hasPrefix("/") { return path }
        guard let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }

    /// Against somebody who swapped the file since it was looked at.
    package func checkUnchanged() throws(LoadFailure) {
        guard Identity(path: path) == identity else {
            throw LoadFailure(
                file: path, reason: "it was replaced while it was opened", help: "try again when it has settled")
        }
    }

    /// Which file, and which writing of it.
    private struct Identity: Sendable, Equatable {
        private let words: [Int]

        init(_ status: stat) {
            let (modified, changed) = (status.st_mtim, status.st_ctim)
            words = [
                Int(status.st_dev), Int(status.st_ino), Int(status.st_size), modified.tv_sec, modified.tv_nsec,
                changed.tv_sec, changed.tv_nsec,
            ]
        }

        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    private static func hash(
        _ descriptor: Int32, _ file: String, pinned: String?
    ) throws(LoadFailure) -> FileHash {
        let hash: FileHash
        do throws(FileHash.Failure) {
            hash = try FileHash(of: descriptor)
        } catch {
            throw LoadFailure(file: file, reason: words(error.code), help: "the host must be able to read it")
        }
        guard pinned == nil || hash.description == pinned else {
            throw LoadFailure(
                file: file, reason: "its SHA-256 is \(hash), and the configuration pins \(pinned ?? "another")",
                help: "find out who changed it; if the new file is wanted, pin that one")
        }
        return hash
    }

    private static func checkEntry(_ exports: [String]) throws(ELFFile.Fault) {
        guard !exports.contains(ILK_ENTRY_SYMBOL) else { return }
        if let other = exports.first(where: { $0.hasPrefix("ilk_plugin_v") }) {
            throw ELFFile.Fault(
                reason:
                    "it has no \(ILK_ENTRY_SYMBOL); it exports \(other): made for another major version of Interlock",
                help: "use the plugin's build for version \(ILK_ABI_MAJOR), or the Interlock that it was made for")
        }
        throw ELFFile.Fault(
            reason: "it does not export \(ILK_ENTRY_SYMBOL), so it is no plugin",
            help: "define the entry as interlock.h says, with default visibility")
    }

    private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }

    private static func bytes(of descriptor: Int32, from offset: UInt64, _ count: Int) -> [UInt8]? {
        guard let start = off_t(exactly: offset) else { return nil }
        // Before memory is taken for it: a damaged header may ask for anything.
        var status = stat()
        guard fstat(descriptor, &status) == 0, count <= status.st_size, start <= status.st_size - off_t(count) else {
            return nil
        }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let got = pread(descriptor, rest.baseAddress, count - filled, start + off_t(filled))
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { break }
                filled += got
            }
        }.complete(count)
    }
}

extension Array where Element == UInt8 {
    fileprivate func complete(_ expected: Int) -> [UInt8]? { count == expected ? self : nil }
}
