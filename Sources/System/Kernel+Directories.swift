import CLinux

/// A name in a directory, as the directory tells it.
package struct DirectoryName: Sendable, Equatable {
    package var name: [UInt8]
    /// nil: this file system does not say; ask for the entry's status.
    package var kind: EntryStatus.Kind?
}

extension Kernel {
    /// The names in a directory that is open for reading, without `.` and `..`, in no order. Returns false, and stops,
    /// as soon as `body` does.
    @discardableResult
    package func forEachName(
        in directory: Descriptor, _ body: (DirectoryName) -> Bool
    ) throws(SystemError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 15)
        while true {
            let count = try run(.readDirectory) {
                buffer.withUnsafeMutableBytes { buffer in
                    guard let start = buffer.baseAddress else { return 0 }
                    return directory.withNumber { linux_read_directory($0, start, buffer.count) }
                }
            }
            if count == 0 { return true }
            for entry in Self.entries(buffer[..<count]) where !body(entry) { return false }
        }
    }

    /// The records of getdents64: inode (8 bytes), offset (8), length of the record (2), type (1), name, NUL.
    static func entries(_ buffer: ArraySlice<UInt8>) -> [DirectoryName] {
        let header = 19
        var entries: [DirectoryName] = []
        var rest = buffer
        while rest.count > header {
            let at = rest.startIndex
            let length = Int(rest[at + 16]) | Int(rest[at + 17]) << 8
            guard length > header, length <= rest.count else { break }
            let name = Array(rest[(at + header)..<(at + length)].prefix { $0 != 0 })
            let kind: EntryStatus.Kind? =
                switch rest[at + 18] {
                case 0: nil
                case 4: .directory
                case 8: .file
                case 10: .symlink
                default: .other
                }
            if name != PathBytes.dot, name != PathBytes.dotDot { entries.append(DirectoryName(name: name, kind: kind)) }
            rest = rest.dropFirst(length)
        }
        return entries
    }
}
