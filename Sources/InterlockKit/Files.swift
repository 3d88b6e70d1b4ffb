import CInterlock

/// A path: relative to the workspace, or absolute inside a root. Text, or bytes as ``Files/list(_:)`` gives them (names
/// on Linux need not be UTF-8).
public protocol FilePath {
    /// The path as the file system has it.
    var pathBytes: [UInt8] { get }
}

extension String: FilePath {
    /// The path in UTF-8.
    public var pathBytes: [UInt8] { Array(utf8) }
}

extension Substring: FilePath {
    /// The path in UTF-8.
    public var pathBytes: [UInt8] { Array(utf8) }
}

extension Array: FilePath where Element == UInt8 {
    /// The path itself.
    public var pathBytes: [UInt8] { self }
}

/// What stands at a path.
public struct FileStatus: Sendable, Equatable {
    /// What kind of thing it is.
    public var kind: FileKind
    /// In bytes.
    public var size: UInt64
    /// Differs whenever the file does.
    public var version: FileVersion
    /// Nanoseconds since 1970.
    public var modified: Int64
    /// Permission bits.
    public var mode: UInt32
}

/// The kinds of things that stand in directories.
public enum FileKind: UInt32, Sendable {
    case file = 1
    case directory = 2
    case symlink = 3
    case other = 4
}

/// Which content a file had. Only good for comparing, and for ``WriteCondition``.
public struct FileVersion: Sendable, Hashable {
    var first: UInt64
    var second: UInt64
}

/// A file's bytes, and its status as it was when they were read.
public struct FileContent: Sendable {
    /// As many as were asked for, or as there are.
    public var bytes: [UInt8]
    /// Of the same opened file as the bytes.
    public var status: FileStatus

    /// The bytes as text.
    ///
    /// - Throws: ``ToolError`` if they are not UTF-8.
    public var text: String {
        get throws {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ToolError("the file is not UTF-8 text (\(bytes.count) bytes)")
            }
            return text
        }
    }
}

/// When a write may happen.
public enum WriteCondition: Sendable {
    case always
    /// There is nothing yet, else ``HostError/Code/exists``.
    case isNew
    /// There is something already, else ``HostError/Code/notFound``.
    case exists
    /// It is still this version, else ``HostError/Code/changed``.
    case isVersion(FileVersion)
}

/// A name in a directory.
public struct DirectoryEntry: Sendable, Equatable {
    /// As the file system has it; need not be UTF-8.
    public var nameBytes: [UInt8]
    /// What the name denotes; of a link, that it is one.
    public var kind: FileKind

    /// The name, with what is not UTF-8 replaced: to show, not to open.
    public var name: String { String(decoding: nameBytes, as: UTF8.self) }
}

/// Files, through the host. Every operation is checked against the call's claims.
public struct Files: Sendable {
    let call: Call
    let table: FileTable

    init(call: Call, table: UnsafePointer<ilk_fs>) {
        self.call = call
        self.table = FileTable(pointer: table)
    }

    /// A file's content, or a part of it.
    ///
    /// - Parameters:
    ///   - offset: Where to begin, in bytes.
    ///   - maximum: How many bytes at most. Set one where a file may be larger than you can use.
    public func read(
        _ path: some FilePath, from offset: UInt64 = 0, atMost maximum: UInt64 = .max
    ) throws(HostError) -> FileContent {
        var status = Self.emptyStatus
        var bytes: [UInt8] = []
        try call.check { lender in
            lender.lending(path.pathBytes) { path in
                let answer = Collector.bytes {
                    table.fs.read(call.handle.raw, path, offset, maximum, $0, $1, &status)
                }
                bytes = answer.bytes
                return answer.status
            }
        }
        return FileContent(bytes: bytes, status: Self.status(status))
    }

    /// Replaces a file's whole content, atomically and durably: a reader sees the old bytes or the new. Missing parents
    /// are made. Needs `.writes`; where there is no file yet, with `.createsFile`.
    public func write(
        _ path: some FilePath, _ bytes: [UInt8], _ condition: WriteCondition = .always
    ) throws(HostError) {
        var flags: UInt32 = 0
        var version: [UInt64]?
        switch condition {
        case .always: break
        case .isNew: flags = UInt32(ILK_WRITE_NEW)
        case .exists: flags = UInt32(ILK_WRITE_PRESENT)
        case .isVersion(let known): version = [known.first, known.second]
        }
        try call.check { lender in
            lender.lending(path.pathBytes) { path in
                lender.lending(bytes) { bytes in
                    guard let version else { return table.fs.write(call.handle.raw, path, bytes, flags, nil) }
                    return version.withUnsafeBufferPointer {
                        table.fs.write(call.handle.raw, path, bytes, flags, $0.baseAddress)
                    }
                }
            }
        }
    }

    /// The same, with text.
    public func write(
        _ path: some FilePath, text: String, _ condition: WriteCondition = .always
    ) throws(HostError) {
        try write(path, Array(text.utf8), condition)
    }

    /// What stands at a path; of the link itself with `followsLinks: false`.
    public func status(_ path: some FilePath, followsLinks: Bool = true) throws(HostError) -> FileStatus {
        var status = Self.emptyStatus
        try call.check { lender in
            lender.lending(path.pathBytes) { table.fs.stat(call.handle.raw, $0, followsLinks ? 1 : 0, &status) }
        }
        return Self.status(status)
    }

    /// The names in a directory, sorted by bytes.
    public func list(_ path: some FilePath) throws(HostError) -> [DirectoryEntry] {
        var entries: [DirectoryEntry] = []
        try call.check { lender in
            lender.lending(path.pathBytes) { path in
                let answer = Collector.chunks { table.fs.list(call.handle.raw, path, $0, $1) }
                entries = answer.chunks.compactMap(Self.entry)
                return answer.status
            }
        }
        return entries
    }

    /// Removes a file, a link or an empty directory; with `recursively`, everything below too.
    public func remove(_ path: some FilePath, recursively: Bool = false) throws(HostError) {
        try call.check { lender in
            lender.lending(path.pathBytes) { table.fs.remove(call.handle.raw, $0, recursively ? 1 : 0) }
        }
    }

    /// Moves an entry. What stands at the destination is an error unless `replacing` (a file by a file only).
    public func rename(
        _ path: some FilePath, to destination: some FilePath, replacing: Bool = false
    ) throws(HostError) {
        try call.check { lender in
            lender.lending(path.pathBytes) { from in
                lender.lending(destination.pathBytes) {
                    table.fs.rename(call.handle.raw, from, $0, replacing ? 1 : 0)
                }
            }
        }
    }

    /// Makes a directory, with its missing parents.
    public func makeDirectory(_ path: some FilePath) throws(HostError) {
        try call.check { lender in
            lender.lending(path.pathBytes) { table.fs.mkdir(call.handle.raw, $0) }
        }
    }

    private static var emptyStatus: ilk_stat {
        var status = ilk_stat()
        status.struct_size = UInt32(MemoryLayout<ilk_stat>.size)
        return status
    }

    private static func status(_ status: ilk_stat) -> FileStatus {
        FileStatus(
            kind: FileKind(rawValue: status.kind) ?? .other, size: status.size,
            version: FileVersion(first: status.version.0, second: status.version.1), modified: status.modified_ns,
            mode: status.mode)
    }

    private static func entry(_ chunk: [UInt8]) -> DirectoryEntry? {
        let kinds: [UInt8: FileKind] = [
            UInt8(ascii: "f"): .file, UInt8(ascii: "d"): .directory, UInt8(ascii: "l"): .symlink,
        ]
        guard let letter = chunk.first else { return nil }
        return DirectoryEntry(nameBytes: Array(chunk.dropFirst()), kind: kinds[letter] ?? .other)
    }
}

/// The host's file service.
struct FileTable: @unchecked Sendable {  // Constant for the life of the process, callable from any thread: interlock.h.
    let pointer: UnsafePointer<ilk_fs>
    var fs: ilk_fs { pointer.pointee }
}
