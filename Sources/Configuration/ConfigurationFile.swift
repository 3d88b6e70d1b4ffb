import Glibc

/// The few looks at the file system that reading a configuration takes.
enum ConfigurationFile {
    /// The whole text; nil when there is no such file. What is not a regular file is an error: a repository must not make
    /// its reader wait for a pipe, or read a device without end.
    static func read(_ path: String, followingLinks: Bool) throws(ConfigurationFailure) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (followingLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            let reason = errno == ELOOP ? "it is a symbolic link" : words(errno)
            throw ConfigurationFailure(
                file: path, "the configuration cannot be opened: \(reason)", help: "make it a file that you may read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ConfigurationFailure(
                file: path, "the configuration is not a regular file", help: "make it a file that you may read")
        }
        let bytes = try bytes(of: descriptor, path: path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationFailure(
                file: path, "the configuration is not valid UTF-8", help: "save the file as UTF-8")
        }
        return text
    }

    /// One byte more than the parser takes is enough for it to say that the file is too large.
    private static func bytes(of descriptor: Int32, path: String) throws(ConfigurationFailure) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while result.count <= NodeParser.maximumBytes {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ConfigurationFailure(
                    file: path, "the configuration cannot be read: \(words(errno))",
                    help: "make it a file that you may read")
            }
            if count == 0 { break }
            result += chunk[..<count]
        }
        return result
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// O_PATH, which Swift's Glibc does not have: opens the name, needs no permission to read, and touches no device.
    private static let nameOnly: Int32 = 0o10000000

    /// The absolute path with every symbolic link followed, as the kernel names it; nil when there is no such thing.
    static func canonicalPath(_ path: String, directory: Bool = false) -> String? {
        let descriptor = open(path, nameOnly | O_CLOEXEC | (directory ? O_DIRECTORY : 0))
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return linkTarget("/proc/self/fd/\(descriptor)")
    }

    /// The same for a path whose end need not be there yet.
    static func canonicalPlace(_ path: String) -> String {
        if let found = canonicalPath(path) { return found }
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return path }
        return canonicalPlace(String(path[..<slash])) + path[slash...]
    }

    static func linkTarget(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        return String(validating: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func words(_ error: Int32) -> String {
        switch error {
        case EACCES, EPERM: "permission denied"
        case EISDIR: "it is a directory"
        case EIO: "input/output error"
        default: "error \(error)"
        }
    }
}
