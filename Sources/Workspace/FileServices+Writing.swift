import Calls
import System

extension FileServices {
    /// Replaces a file's whole content, or makes the file and its missing parents. Atomic and durable, but for a file
    /// with several hard links, which is written in place (`notes` says so). Parents that were made stay when it fails.
    ///
    /// A file without any write permission bit is not written, by the superuser neither: whoever took the bits away
    /// meant it. Beyond that the system decides, by the file's own permissions, as for an editor that writes in place.
    package func write(path: [UInt8], _ bytes: [UInt8], _ condition: WriteCondition) throws(ServiceError) {
        let operation = FileOperation("write to", path)
        if path.last == PathBytes.slash { throw operation.error(.kind, "the path names a directory") }
        let found = try resolve(operation, followsLast: true)
        try authorize(found.status == nil ? .create : .writeExisting, found.walk, operation, effect: .file)
        if let status = found.status {
            try replace(found, status, bytes, condition, operation)
        } else {
            try create(found, bytes, condition, operation)
        }
    }

    private func create(
        _ found: Resolution, _ bytes: [UInt8], _ condition: WriteCondition, _ operation: FileOperation
    ) throws(ServiceError) {
        if condition.presence == .mustExist { throw operation.error(SystemError.notFound) }
        if condition.version != nil { throw operation.error(.changed, "the file is gone") }
        try verify(found, operation)
        let (parent, name) = try makeParents(found, operation)
        try FileReplacement(workspace, parent, name, operation).create(bytes)
    }

    private func replace(
        _ found: Resolution, _ status: EntryStatus, _ bytes: [UInt8], _ condition: WriteCondition,
        _ operation: FileOperation
    ) throws(ServiceError) {
        if condition.presence == .mustBeNew { throw operation.error(SystemError.exists) }
        if status.kind == .file, status.mode & 0o222 == 0 {
            throw operation.error(
                .io, "it is read-only (mode 0\(String(status.mode & 0o777, radix: 8))); nobody may write it")
        }
        let (original, now) = try open(found, .write, operation)
        guard let parent = found.parent, let name = found.name else { return }
        let expected = condition.version ?? FileVersion(now)
        let check = { () throws(ServiceError) in
            try self.verify(found, operation)
            let latest = try operation.attempt { () throws(SystemError) in try self.kernel.status(of: original) }
            if FileVersion(latest) != expected, self.guards.has(.sameVersion) {
                throw operation.error(.changed, "the file is no longer the version that it was; read it again")
            }
            // It would keep the old content.
            if self.hasNewName(found, now, latest) {
                throw operation.error(.changed, "it has got a hard link meanwhile")
            }
        }
        try check()
        let replacement = FileReplacement(workspace, parent, name, operation)
        if now.links > 1 || !guards.has(.atomicReplacement) {
            note([try replacement.overwrite(original, now, bytes)])
        } else {
            note(try replacement.replace(original, now, bytes, check: check))
        }
    }

    /// Makes a directory with its missing parents.
    package func makeDirectory(path: [UInt8]) throws(ServiceError) {
        let operation = FileOperation("make the directory", path)
        let found = try resolve(operation, followsLast: false)
        try authorize(.makeDirectory, found.walk, operation, effect: .makeDirectory)
        if found.status != nil { throw operation.error(SystemError.exists) }
        try verify(found, operation)
        let (parent, name) = try makeParents(found, operation)
        try operation.attempt { () throws(SystemError) in
            try kernel.makeDirectory(name, in: parent)
            try workspace.synchronize(directory: parent)
        }
    }

    /// Makes the missing directories above the entry; those that somebody else makes first are as good.
    private func makeParents(
        _ found: Resolution, _ operation: FileOperation
    ) throws(ServiceError) -> (parent: Descriptor, name: [UInt8]) {
        guard var parent = found.parent, let name = found.name else { throw operation.error(SystemError.exists) }
        for directory in found.missing.dropLast() {
            parent = try operation.attempt { () throws(SystemError) in
                do throws(SystemError) {
                    try kernel.makeDirectory(directory, in: parent)
                } catch .exists {
                    // By a sibling that makes the same one, which may not have synchronized it yet.
                }
                try workspace.synchronize(directory: parent)
                return try kernel.open(directory, in: parent, .directoryHandle)
            }
        }
        return (parent, name)
    }
}

extension Workspace {
    /// Makes the names in a directory survive a power loss.
    func synchronize(directory: Descriptor) throws(SystemError) {
        if durability == .none { return }
        do throws(SystemError) {
            try kernel.synchronize(try kernel.open(PathBytes.dot, in: directory, .readDirectory))
        } catch .denied {
            // A directory that we may write but not read: only the whole file system can be forced.
            try kernel.synchronizeFileSystem(of: try kernel.open(trusted: [PathBytes.slash], .readDirectory))
        }
    }
}
