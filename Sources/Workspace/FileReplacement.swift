import Calls
import System

/// How bytes get into one file: the one place that writes files.
///
///     replace    temporary file ─ bytes ─ owner, attributes, mode ─ fsync ─ check ─ rename ─ fsync of the directory
///     create     temporary file ─ bytes ─ fsync ─ rename that replaces nothing ─ fsync of the directory
///     overwrite  room reserved ─ bytes ─ length ─ fsync              (a file with several links)
///
/// Until the rename nothing has happened; on any error before, the temporary file is removed and the old content is
/// whole. If only the last step fails, the new content is whole, and the error says that a power loss may bring the old
/// back.
struct FileReplacement {
    private let workspace: Workspace
    private let parent: Descriptor
    private let name: [UInt8]
    private let operation: FileOperation

    private var kernel: Kernel { workspace.kernel }

    init(_ workspace: Workspace, _ parent: Descriptor, _ name: [UInt8], _ operation: FileOperation) {
        self.workspace = workspace
        self.parent = parent
        self.name = name
        self.operation = operation
    }

    /// Returns notes for the outcome. `check` throws if the file is no longer what is to be replaced.
    func replace(
        _ original: Descriptor, _ status: EntryStatus, _ bytes: [UInt8], check: () throws(ServiceError) -> Void
    ) throws(ServiceError) -> [String] {
        // Only for the owner until it has the mode of the original: it must not be readable for more people before.
        try withTemporaryFile(mode: 0o600) { file, temporary throws(ServiceError) in
            let notes = try operation.attempt { () throws(SystemError) in
                try kernel.write(bytes, to: file)
                let notes = try MetadataCopy(kernel).copy(from: original, status, to: file)
                try synchronize(file)
                return notes
            }
            try check()
            try operation.attempt { () throws(SystemError) in
                try kernel.rename(temporary, in: parent, to: name, in: parent, replace: true)
            }
            return notes
        }
    }

    func create(_ bytes: [UInt8]) throws(ServiceError) {
        try withTemporaryFile(mode: 0o666) { file, temporary throws(ServiceError) in
            try operation.attempt { () throws(SystemError) in
                try kernel.write(bytes, to: file)
                try synchronize(file)
            }
            do throws(SystemError) {
                try placeNew(temporary)
            } catch .exists {
                throw operation.error(.changed, "another program made it meanwhile")
            } catch {
                throw operation.error(error)
            }
        }
    }

    /// In place: all its names must show the new content. Not atomic, and the note says so.
    func overwrite(_ file: Descriptor, _ status: EntryStatus, _ bytes: [UInt8]) throws(ServiceError) -> String {
        do throws(SystemError) {
            do throws(SystemError) {
                // With the room reserved, a full disk shows before the old content is touched.
                try kernel.allocate(file, bytes.count)
            } catch  where error == .notSupported || error == .invalid {
                // This file system cannot promise; an empty content needs no room.
            }
        } catch {
            throw operation.error(error)
        }
        do throws(SystemError) {
            try kernel.write(bytes, to: file)
            try kernel.truncate(file, to: bytes.count)
            try synchronize(file)
        } catch {
            let failure = operation.error(error)
            throw ServiceError(
                failure.code,
                failure.message + "; the file has \(status.links) hard links and was written in place: its "
                    + "content may be partly old and partly new")
        }
        let path = String(decoding: operation.path, as: UTF8.self)
        return "\"\(path)\" has \(status.links) hard links: it was written in place, which is not atomic"
    }

    // MARK: - Steps

    /// Gives `body` a new file that it puts into its place; removes the file if it throws.
    private func withTemporaryFile<Result>(
        mode: UInt32, _ body: (Descriptor, [UInt8]) throws(ServiceError) -> Result
    ) throws(ServiceError) -> Result {
        let temporary = workspace.temporaryNames.next()
        let file = try operation.attempt { () throws(SystemError) in
            try kernel.open(temporary, in: parent, .create(mode: mode))
        }
        let result: Result
        do throws(ServiceError) {
            try own(file)
            result = try body(file, temporary)
        } catch {
            // If even this fails, the next start reaps it by its owner; the first error is the one to tell.
            try? kernel.remove(temporary, in: parent, isDirectory: false)
            throw error
        }
        do throws(SystemError) {
            try workspace.synchronize(directory: parent)
        } catch {
            throw operation.error(
                .io, "the new content is in its place, but a power loss may bring back the old: \(error)")
        }
        return result
    }

    /// The kernel's lock tells reapers in other process namespaces that the file has an owner.
    private func own(_ file: Descriptor) throws(ServiceError) {
        do throws(SystemError) {
            try kernel.lock(file)
        } catch .wouldBlock {
            throw operation.error(.io, "another program holds the temporary file; try again")
        } catch {
            // A network file system without locks: the name has to do.
        }
    }

    private func synchronize(_ file: Descriptor) throws(SystemError) {
        if workspace.durability == .full { try kernel.synchronize(file) }
    }

    private func placeNew(_ temporary: [UInt8]) throws(SystemError) {
        if kernel.guards.has(.newNameOnly) {
            try kernel.renameToNew(temporary, in: parent, to: name, in: parent)
        } else {
            try kernel.rename(temporary, in: parent, to: name, in: parent, replace: true)
        }
    }
}
