import Calls
import System

extension FileServices {
    /// At most `maximum` bytes from `offset`; the status is of the same opened file, taken before the first byte: if
    /// another program writes meanwhile, its version is the old one, and a write that is conditional on it fails.
    package func read(
        path: [UInt8], offset: UInt64, maximum: UInt64
    ) throws(ServiceError) -> (bytes: [UInt8], status: FileStatus) {
        let operation = FileOperation("read", path)
        let found = try resolve(operation, followsLast: true)
        try authorize(.read, found.walk, operation)
        let (file, status) = try open(found, .read, operation)
        let length = min(maximum, status.size > offset ? status.size - offset : 0)
        if length > Self.largestRead {
            throw operation.error(
                .limit, "\(length) bytes are more than one read returns (\(Self.largestRead)); read it in parts")
        }
        // Files that the kernel makes up have no size; one that grows is read as far as the status says.
        let wanted = status.size == 0 ? min(maximum, Self.largestWithoutSize) : length
        let bytes = try operation.attempt { () throws(SystemError) in
            try kernel.read(file, from: offset, maximum: Int(wanted))
        }
        return (bytes, FileStatus(status))
    }

    package func status(path: [UInt8], follow: Bool) throws(ServiceError) -> FileStatus {
        let operation = FileOperation("look at", path)
        let found = try resolve(operation, followsLast: follow)
        try authorize(.status, found.walk, operation)
        guard let status = found.status else { throw operation.error(SystemError.notFound) }
        return FileStatus(status)
    }

    /// The names in a directory, sorted by bytes, without the host's temporary files.
    package func list(path: [UInt8]) throws(ServiceError) -> [DirectoryEntry] {
        let operation = FileOperation("list", path)
        let found = try resolve(operation, followsLast: true)
        try authorize(.list, found.walk, operation)
        guard let status = found.status else { throw operation.error(SystemError.notFound) }
        guard status.kind == .directory else { throw operation.error(.kind, "it is not a directory") }
        let (directory, _) = try openFound(found, .readDirectory, operation)
        var names: [DirectoryName] = []
        let entries = try operation.attempt { () throws(SystemError) in
            try kernel.forEachName(in: directory) { name in
                if !TemporaryName.isReserved(name.name) { names.append(name) }
                return names.count <= Self.largestList
            }
            return try kinds(of: names, in: directory)
        }
        if names.count > Self.largestList {
            throw operation.error(.limit, "it has more than \(Self.largestList) names")
        }
        return entries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Asks the system for the kinds that the directory itself did not tell.
    private func kinds(
        of names: [DirectoryName], in directory: Descriptor
    ) throws(SystemError) -> [DirectoryEntry] {
        var entries: [DirectoryEntry] = []
        entries.reserveCapacity(names.count)
        for name in names {
            if let kind = name.kind {
                entries.append(DirectoryEntry(name: name.name, kind: PathWalk.Kind(kind)))
                continue
            }
            do throws(SystemError) {
                let status = try kernel.status(name.name, in: directory)
                entries.append(DirectoryEntry(name: name.name, kind: PathWalk.Kind(status.kind)))
            } catch .notFound {
                // Removed since by another program.
                continue
            }
        }
        return entries
    }

    /// Opens the regular file that the walk found, and no other: a pipe or device put in its place is never waited for.
    func open(
        _ found: Resolution, _ access: Kernel.Access, _ operation: FileOperation
    ) throws(ServiceError) -> (Descriptor, EntryStatus) {
        guard let status = found.status else { throw operation.error(SystemError.notFound) }
        guard status.kind == .file else {
            throw operation.error(
                .kind, status.kind == .directory ? "it is a directory" : "it is not a regular file")
        }
        return try openFound(found, access, operation)
    }

    private func openFound(
        _ found: Resolution, _ access: Kernel.Access, _ operation: FileOperation
    ) throws(ServiceError) -> (Descriptor, EntryStatus) {
        let opened = try operation.attempt { () throws(SystemError) in
            try openFound(found) { (name, parent) throws(SystemError) in try kernel.open(name, in: parent, access) }
        }
        guard let opened else { throw operation.error(.changed, "it was replaced by another program meanwhile") }
        return opened
    }
}
