import CInterlock
import Calls
import Glibc

/// From a file to a plugin that can be started. What can be checked before foreign code runs is checked before.
package enum PluginLibrary {
    /// Opens a shared library and reads its descriptor. [main: once at a time]
    ///
    /// Constructors of the library run here, and so does its entry; neither its `init` nor a tool does. The library stays
    /// in the process for ever: unloading Swift code crashes later, somewhere else.
    ///
    /// - Parameters:
    ///   - sha256: What the file must hash to (64 hexadecimal digits, lower case); nil = it is not pinned. Another file is
    ///     refused before any of it runs. Against somebody who swaps the file between the check and the loader's own
    ///     opening of it, only its entry is kept from running: keep plugins where nobody else can write.
    ///   - log: Takes what the plugin says to the operator outside of a call.
    package static func open(
        file: String, sha256: String? = nil, hostMinor: UInt32 = UInt32(ILK_ABI_MINOR),
        log: @escaping @Sendable (LogLevel, String) -> Void = PluginLibrary.writeToStandardError
    ) throws(LoadFailure) -> Plugin {
        let checked = try checkFile(file, sha256)
        let entry = try findEntry(file)
        guard Identity(path: file) == checked else {
            throw LoadFailure(
                file: file, reason: "it was replaced while it was opened", help: "try again when it has settled")
        }
        guard let descriptor = entry(hostMinor) else {
            throw LoadFailure(
                file: file, reason: "its entry \(ILK_ENTRY_SYMBOL) answered that it cannot live with this host",
                help: "the host's minor version is \(hostMinor): use a newer Interlock or an older plugin")
        }
        do throws(DescriptorFault) {
            let contents = try DescriptorReader.read(descriptor, hostMinor: hostMinor)
            return Plugin(file: file, contents, log: log)
        } catch {
            throw LoadFailure(file: file, reason: error.reason, help: error.help)
        }
    }

    package static let writeToStandardError: @Sendable (LogLevel, String) -> Void = { level, message in
        let line = Array("\(level): \(message)\n".utf8)
        // Where it cannot be written there is nowhere to say so.
        _ = write(STDERR_FILENO, line, line.count)
    }

    /// Which file, and which writing of it.
    private struct Identity: Equatable {
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

    /// Without running any of it: a regular file, for this machine, with the entry, and the one that was pinned.
    private static func checkFile(_ file: String, _ sha256: String?) throws(LoadFailure) -> Identity {
        let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let missing = errno == ENOENT ? "build it, or correct the path" : "the host must be able to read it"
            throw LoadFailure(file: file, reason: words(errno), help: missing)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw LoadFailure(file: file, reason: words(errno), help: "the host must be able to read it")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw LoadFailure(
                file: file, reason: "it is not a regular file", help: "name the built shared library (.so) itself")
        }
        do throws(ELFFile.Fault) {
            let library = try ELFFile { offset, count in bytes(of: descriptor, from: offset, count) }
            try checkEntry(library.exports)
        } catch {
            throw LoadFailure(file: file, reason: error.reason, help: error.help)
        }
        if let sha256 { try checkHash(descriptor, file, sha256) }
        return Identity(status)
    }

    private static func checkHash(_ descriptor: Int32, _ file: String, _ expected: String) throws(LoadFailure) {
        let hash: FileHash
        do throws(FileHash.Failure) {
            hash = try FileHash(of: descriptor)
        } catch {
            throw LoadFailure(file: file, reason: words(error.code), help: "the host must be able to read it")
        }
        guard hash.description == expected else {
            throw LoadFailure(
                file: file, reason: "its SHA-256 is \(hash), and the configuration pins \(expected)",
                help: "find out who changed it; if the new file is wanted, pin that one")
        }
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

    private typealias Entry = @convention(c) (UInt32) -> UnsafePointer<ilk_plugin>?

    private static func findEntry(_ file: String) throws(LoadFailure) -> Entry {
        // A name without a slash would be looked for among the system's libraries.
        let path = file.utf8.contains(UInt8(ascii: "/")) ? file : "./" + file
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
            throw LoadFailure(
                file: file, reason: "the system's loader refused it: \(loaderError())",
                help: "`ldd \(file)` shows what it needs")
        }
        guard let symbol = dlsym(library, ILK_ENTRY_SYMBOL) else {
            throw LoadFailure(
                file: file, reason: "the system's loader does not find its entry: \(loaderError())",
                help: "the file changed while it was opened, or is damaged: build it again")
        }
        return unsafeBitCast(symbol, to: Entry.self)
    }

    private static func loaderError() -> String { dlerror().map { String(cString: $0) } ?? "no reason given" }

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
