import Calls
import System

extension FileServices {
    /// Removes a file, a link or a directory; a directory that is not empty only if `recursive`.
    package func remove(path: [UInt8], recursive: Bool) throws(ServiceError) {
        let operation = FileOperation("remove", path)
        let found = try resolve(operation, followsLast: false)
        try authorize(found.rebinding, found.walk, operation, effect: .replaceTree)
        guard let status = found.status, let parent = found.parent, let name = found.name else {
            throw operation.error(SystemError.notFound)
        }
        try verify(found, operation)
        if status.kind != .directory {
            try operation.attempt { () throws(SystemError) in
                try kernel.remove(name, in: parent, isDirectory: false)
            }
        } else if recursive {
            let mount = try operation.attempt { () throws(SystemError) in try kernel.status(of: parent).mount }
            try removeTree(name, in: parent, mount: mount, depth: 0, operation)
        } else {
            try operation.attempt { () throws(SystemError) in try removeEmpty(name, in: parent) }
        }
        try operation.attempt { () throws(SystemError) in try workspace.synchronize(directory: parent) }
    }

    /// A directory in which only the files of hosts that are gone are left looks empty, so it is.
    private func removeEmpty(_ name: [UInt8], in parent: Descriptor) throws(SystemError) {
        do throws(SystemError) {
            try kernel.remove(name, in: parent, isDirectory: true)
        } catch .notEmpty {
            var reaper = TemporaryFileReaper(kernel: kernel)
            reaper.reap(in: try kernel.open(name, in: parent, .directoryHandle))
            if let failure = reaper.failure { throw failure }
            try kernel.remove(name, in: parent, isDirectory: true)
        }
    }

    /// Links are removed, never followed; a mount inside is an error.
    private func removeTree(
        _ name: [UInt8], in parent: Descriptor, mount: UInt64, depth: Int, _ operation: FileOperation
    ) throws(ServiceError) {
        if depth > PathWalker.deepest {
            throw operation.error(.limit, "it is deeper than \(PathWalker.deepest) directories; some of it is removed")
        }
        var entries: [DirectoryName] = []
        let directory = try operation.attempt { () throws(SystemError) in
            let directory = try kernel.open(name, in: parent, .readDirectory)
            guard try kernel.status(of: directory).mount == mount else { throw .busy }
            try kernel.forEachName(in: directory) {
                entries.append($0)
                return true
            }
            return directory
        }
        for entry in entries {
            let kind = try operation.attempt { () throws(SystemError) in
                if let kind = entry.kind { return kind }
                return try kernel.status(entry.name, in: directory).kind
            }
            if kind == .directory {
                try removeTree(entry.name, in: directory, mount: mount, depth: depth + 1, operation)
            } else {
                try operation.attempt { () throws(SystemError) in
                    try kernel.remove(entry.name, in: directory, isDirectory: false)
                }
            }
        }
        try operation.attempt { () throws(SystemError) in try kernel.remove(name, in: parent, isDirectory: true) }
    }

    /// Moves an entry. With `replace`, a file or link may take the place of another; a directory never does.
    package func rename(from: [UInt8], to: [UInt8], replace: Bool) throws(ServiceError) {
        let operation = FileOperation("move", from)
        let target = FileOperation("move to", to)
        let source = try resolve(operation, followsLast: false)
        let destination = try resolve(target, followsLast: false)
        try authorize(source.rebinding, source.walk, operation, effect: .replaceTree)
        try authorize(source.rebinding, destination.walk, target, effect: .replaceTree)
        guard let status = source.status, let oldParent = source.parent, let oldName = source.name else {
            throw operation.error(SystemError.notFound)
        }
        try check(source, status, destination, replace: replace, target)
        guard let newParent = destination.parent, let newName = destination.name else {
            throw target.error(SystemError.exists)
        }
        try verify(source, operation)
        try verify(destination, target)
        if let old = destination.status, old.isSameFile(as: status) {
            // Two names of one file: rename would do nothing and leave both.
            try operation.attempt { () throws(SystemError) in
                try kernel.remove(oldName, in: oldParent, isDirectory: false)
            }
        } else {
            try move(oldName, oldParent, newName, newParent, replace: destination.status != nil, target)
        }
        try target.attempt { () throws(SystemError) in
            try workspace.synchronize(directory: newParent)
            try workspace.synchronize(directory: oldParent)
        }
    }

    private func check(
        _ source: Resolution, _ status: EntryStatus, _ destination: Resolution, replace: Bool, _ target: FileOperation
    ) throws(ServiceError) {
        if destination.missing.count > 1 {
            throw target.error(.notFound, "the directory that it is to be in does not exist; make it first")
        }
        if destination.walk.canonical == source.walk.canonical { throw target.error(SystemError.exists) }
        if destination.walk.canonical.isInside(source.walk.canonical) {
            throw target.error(.kind, "a directory cannot be moved into itself")
        }
        guard let old = destination.status else { return }
        if !replace { throw target.error(SystemError.exists) }
        if status.kind == .directory || old.kind == .directory {
            throw target.error(.kind, "only a file can replace another, and only a file")
        }
    }

    private func move(
        _ name: [UInt8], _ parent: Descriptor, _ newName: [UInt8], _ newParent: Descriptor, replace: Bool,
        _ target: FileOperation
    ) throws(ServiceError) {
        do throws(SystemError) {
            if replace {
                try kernel.rename(name, in: parent, to: newName, in: newParent, replace: true)
            } else {
                try kernel.renameToNew(name, in: parent, to: newName, in: newParent)
            }
        } catch .crossDevice {
            throw target.error(.io, "it is on another file system; copy it and remove the original")
        } catch {
            throw target.error(error)
        }
    }
}

extension Resolution {
    /// What it takes to give the entry another meaning.
    var rebinding: FileAccess { walk.kind == .directory ? .rebindDirectory : .rebindFile }
}
