import System

/// The few looks at the file system that reading a configuration takes.
enum ConfigurationFile {
    private static let kernel = Kernel()

    /// The whole text; nil when there is no such file. What is not a regular file is an error: a repository must not make
    /// its reader wait for a pipe, or read a device without end.
    static func read(_ path: String, followingLinks: Bool) throws(ConfigurationFailure) -> String? {
        func failure(_ problem: String, help: String = "make it a file that you may read") -> ConfigurationFailure {
            ConfigurationFailure(file: path, "the configuration \(problem)", help: help)
        }
        let bytes: [UInt8]?
        do throws(SystemError) {
            let file = try open(path, followingLinks: followingLinks)
            let isRegular = try kernel.status(of: file).kind == .file
            // One byte more than the parser takes is enough for it to say that the file is too large.
            bytes = try isRegular ? kernel.read(file, from: 0, maximum: NodeParser.maximumBytes + 1) : nil
        } catch  where error == .notFound || error == .notDirectory {
            return nil
        } catch .loop {
            throw failure("cannot be opened: it is a symbolic link")
        } catch {
            throw failure("cannot be read: \(error)")
        }
        guard let bytes else { throw failure("is not a regular file") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("is not valid UTF-8", help: "save the file as UTF-8")
        }
        return text
    }

    private static func open(_ path: String, followingLinks: Bool) throws(SystemError) -> Descriptor {
        if followingLinks { return try kernel.open(trusted: Array(path.utf8), .read) }
        let directory = try kernel.open(trusted: Array(Configuration.directory(of: path).utf8), .directoryHandle)
        let name = path.utf8.reversed().prefix { $0 != UInt8(ascii: "/") }.reversed()
        return try kernel.open(Array(name), in: directory, .read)
    }

    /// The absolute path with every symbolic link followed, as the kernel names it; nil when there is no such thing, or
    /// its name is not text.
    static func canonicalPath(_ path: String, directory: Bool = false) -> String? {
        guard let handle = try? kernel.open(trusted: Array(path.utf8), directory ? .directoryHandle : .handle),
            let real = try? kernel.realPath(of: handle)
        else { return nil }
        return String(validating: real, as: UTF8.self)
    }
}
