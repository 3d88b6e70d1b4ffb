import Calls
import System

// What a call's own code does to files with system calls of its own: decided by the same locks and the same protection as
// the services, and done in its place, on the handles that its walk opened.
//
//     system call              as the service's       and besides
//     open for reading         read, list
//     open for writing         write existing         a file with one name only
//     open, makes a file       create                 the directory must be there
//     mkdir                    make a directory       a missing parent that the call would make for a file
//     unlink, rmdir, rename    remove, move
//     symlink, link            create                 everything below the directory: what comes there can mean anything
//     chmod, utimes            write existing; of a directory: remove
//
// What is opened cannot be taken back: the coverage is of the locks that the call keeps until its end.

extension FileServices {
    /// Does it, or says what comes of it.
    package func perform(_ attempt: FileAttempt) -> AttemptAnswer {
        do {
            return try act(attempt)
        } catch {
            return error.answer
        }
    }

    /// What ends an attempt before it is done.
    private struct Ended: Error {
        var answer: AttemptAnswer
    }

    private func act(_ attempt: FileAttempt) throws(Ended) -> AttemptAnswer {
        let found = workspace.find(attempt.path, followsLast: attempt.followsLast)
        let other = attempt.other.map { workspace.find($0, followsLast: false) }
        let isElsewhere = (found.isElsewhere, other?.isElsewhere ?? false)
        if isElsewhere.0 || isElsewhere.1 { return .elsewhere(path: isElsewhere.0, other: isElsewhere.1) }
        // Not "goes on": where programs may run the kernel reads what the host could not walk to.
        if let problem = found.walk.problem ?? other?.walk.problem { return .fails(problem.error) }
        let isDirectorysPath = attempt.path.last == PathBytes.slash
        if isDirectorysPath, let kind = found.status?.kind, kind != .directory { return .goesOn }
        switch attempt.act {
        case .open(let flags):
            if isDirectorysPath, flags.contains(.create) { return .goesOn }
            return try open(found, flags, attempt.mode)
        case .truncate(let size, let most): return try truncate(found, size, most)
        case .makeDirectory: return try makeDirectory(found, attempt.mode)
        case .remove(let isDirectory): return try remove(found, isDirectory: isDirectory)
        case .rename(let flags):
            return try other.map { (other) throws(Ended) in try rename(found, other, flags) } ?? .goesOn
        case .link: return try other.map { (other) throws(Ended) in try link(found, other) } ?? .goesOn
        case .symlink(let target): return try makeLink(found, target)
        case .makeNode: return try makeNode(found)
        case .mend: return try findToMend(found)
        case .run: return try run(found)
        }
    }

    // MARK: - The check

    /// Ends the attempt unless the call may do this there.
    private func allow(
        _ access: FileAccess, _ found: Resolution, _ effect: Protection.Effect? = nil
    ) throws(Ended) {
        switch objection(to: access, at: found.walk, effect: effect) {
        case nil: break
        case .notCovered, .protected: throw Ended(answer: .refused)
        case .otherNames: throw Ended(answer: .fails(.denied))
        }
        if effect == nil { return }
        // A root itself is nobody's to change.
        if found.name == nil { throw Ended(answer: .refused) }
        if try !system({ () throws(SystemError) in try isInPlace(found) }) { throw Ended(answer: .fails(.denied)) }
    }

    private func allow(_ lock: Lock) throws(Ended) {
        if !isCovered(lock) { throw Ended(answer: .refused) }
    }

    /// All that is in the directory of an entry.
    private func allowAllAround(_ found: Resolution) throws(Ended) {
        try allow(Lock(found.walk.canonical.parent, .subtree, .exclusive))
    }

    /// To change what is in a file. One with several names would be changed under those that nobody claimed.
    private func allowWriting(_ found: Resolution) throws(Ended) {
        if found.walk.links > 1 { throw Ended(answer: .refused) }
        try allow(.writeExisting, found, .file)
    }

    private func system<Result>(_ body: () throws(SystemError) -> Result) throws(Ended) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw Ended(answer: .fails(error))
        }
    }

    private func openSame(
        _ found: Resolution, _ open: ([UInt8], Descriptor) throws(SystemError) -> Descriptor
    ) throws(Ended) -> (Descriptor, EntryStatus) {
        let opened = try system { () throws(SystemError) in try openFound(found, open) }
        guard let opened else { throw Ended(answer: .fails(.busy)) }
        return opened
    }

    /// The directory and the name of an entry; a root itself has none to be changed.
    private func place(_ found: Resolution) throws(Ended) -> (parent: Descriptor, name: [UInt8]) {
        guard let parent = found.parent, let name = found.name else { throw Ended(answer: .fails(.busy)) }
        return (parent, name)
    }

    // MARK: - Opening

    private func open(_ found: Resolution, _ flags: OpenFlags, _ mode: UInt32) throws(Ended) -> AttemptAnswer {
        guard let status = found.status else { return try create(found, flags, mode) }
        if flags.contains([.create, .mustBeNew]) { return .goesOn }
        switch status.kind {
        case .symlink: return .goesOn
        case .directory: return try openDirectory(found, flags)
        case .file: return flags.contains(.directory) ? .goesOn : try openFile(found, flags)
        case .other:
            // Nobody is waited for, and nobody talks to another call: neither pipes nor devices.
            try allow(flags.onlyReads ? .read : .writeExisting, found, flags.onlyReads ? nil : .file)
            return .fails(.denied)
        }
    }

    private func openDirectory(_ found: Resolution, _ flags: OpenFlags) throws(Ended) -> AttemptAnswer {
        if flags.contains(.nameless) {
            try allow(Lock(found.walk.canonical, .subtree, .exclusive))
            return .fails(.notSupported)
        }
        guard flags.onlyReads else { return .goesOn }
        try allow(.list, found)
        return .opened(try openSame(found, flags.union(.directory)))
    }

    private func openFile(_ found: Resolution, _ flags: OpenFlags) throws(Ended) -> AttemptAnswer {
        if flags.onlyReads {
            try allow(.read, found)
        } else {
            try allowWriting(found)
        }
        // Whoever hands it over empties it then: an opening that fails empties nothing.
        let file = try openSame(found, flags)
        return try system { () throws(SystemError) in
            try kernel.settle(file, as: flags)
            return .opened(file)
        }
    }

    private func openSame(_ found: Resolution, _ flags: OpenFlags) throws(Ended) -> Descriptor {
        let (opened, now) = try openSame(found) { (name, parent) throws(SystemError) in
            try kernel.open(name, in: parent, as: flags)
        }
        if now.kind == .file, hasNewName(found, now) { throw Ended(answer: .fails(.busy)) }
        return opened
    }

    private func create(_ found: Resolution, _ flags: OpenFlags, _ mode: UInt32) throws(Ended) -> AttemptAnswer {
        guard flags.contains(.create), !flags.contains(.directory), found.missing.count == 1 else { return .goesOn }
        try allow(.create, found, .file)
        let (parent, name) = try place(found)
        return try system { () throws(SystemError) in
            let file = try kernel.open(name, in: parent, as: flags, creating: mode)
            try giveMode(mode, to: file)
            try kernel.settle(file, as: flags)
            return .opened(file)
        }
    }

    /// What the host's own umask took away.
    private func giveMode(_ mode: UInt32, to made: Descriptor) throws(SystemError) {
        let now = try kernel.status(of: made).mode
        if now & 0o777 != mode & 0o777 { try kernel.changeMode(made, now & 0o7000 | mode & 0o777) }
    }

    private func truncate(_ found: Resolution, _ size: Int64, _ most: UInt64) throws(Ended) -> AttemptAnswer {
        guard let status = found.status, status.kind == .file, size >= 0 else { return .goesOn }
        try allowWriting(found)
        if size > status.size, size > most { return .fails(.tooLarge) }
        let file = try openSame(found, .writing)
        return try system { () throws(SystemError) in
            try kernel.truncate(file, to: Int(size))
            return .done
        }
    }

    // MARK: - Names

    private func makeDirectory(_ found: Resolution, _ mode: UInt32) throws(Ended) -> AttemptAnswer {
        guard found.status == nil, found.missing.count == 1 else { return .goesOn }
        // A parent that the call's file is missing may be made by whoever would make it through the services.
        if !isCovered(Lock(found.walk.canonical, .binding, .joint)) || found.walk.folding != nil {
            try allow(.makeDirectory, found)
        }
        if workspace.protection.reason(against: .makeDirectory, at: found.walk) != nil { return .refused }
        let (parent, name) = try place(found)
        return try system { () throws(SystemError) in
            try kernel.makeDirectory(name, in: parent, mode: mode)
            try giveMode(mode, to: try kernel.open(name, in: parent, .readDirectory))
            return .done
        }
    }

    private func remove(_ found: Resolution, isDirectory: Bool) throws(Ended) -> AttemptAnswer {
        guard let status = found.status else { return .goesOn }
        // Landlock would be asked before the kernel says so.
        if (status.kind == .directory) != isDirectory { return .fails(isDirectory ? .notDirectory : .isDirectory) }
        try allow(found.rebinding, found, .replaceTree)
        let (parent, name) = try place(found)
        return try system { () throws(SystemError) in
            try kernel.remove(name, in: parent, isDirectory: isDirectory)
            return .done
        }
    }

    private func rename(_ source: Resolution, _ target: Resolution, _ flags: UInt32) throws(Ended) -> AttemptAnswer {
        let flags = Kernel.RenameFlags(rawValue: flags)
        guard flags.isSubset(of: [.noReplace, .exchange]) else { return .fails(.invalid) }
        guard source.status != nil, target.missing.count <= 1 else { return .goesOn }
        if target.status != nil ? flags.contains(.noReplace) : flags.contains(.exchange) { return .goesOn }
        try allow(source.rebinding, source, .replaceTree)
        try allow(target.rebinding, target, .replaceTree)
        // What comes to a place may be wider than what was there.
        try allow(source.rebinding, target)
        if flags.contains(.exchange) { try allow(target.rebinding, source) }
        let (parent, name) = try place(source)
        let (newParent, newName) = try place(target)
        return try system { () throws(SystemError) in
            try kernel.rename(name, in: parent, to: newName, in: newParent, flags)
            return .done
        }
    }

    private func link(_ source: Resolution, _ target: Resolution) throws(Ended) -> AttemptAnswer {
        guard let status = source.status, target.status == nil, target.missing.count == 1 else { return .goesOn }
        if status.kind == .directory { return .fails(.notPermitted) }
        try allow(.rebindFile, source, .file)
        try allowAllAround(source)
        try allow(.create, target, .file)
        try allowAllAround(target)
        let (parent, name) = try place(source)
        let (newParent, newName) = try place(target)
        return try system { () throws(SystemError) in
            try kernel.link(name, in: parent, to: newName, in: newParent)
            return .done
        }
    }

    private func makeLink(_ found: Resolution, _ target: [UInt8]) throws(Ended) -> AttemptAnswer {
        guard found.status == nil, found.missing.count == 1 else { return .goesOn }
        try allow(.create, found, .file)
        try allowAllAround(found)
        let (parent, name) = try place(found)
        return try system { () throws(SystemError) in
            try kernel.makeSymbolicLink(name, in: parent, to: target)
            return .done
        }
    }

    /// Pipes, sockets and devices are made in the private directory, or not at all.
    private func makeNode(_ found: Resolution) throws(Ended) -> AttemptAnswer {
        guard found.status == nil, found.missing.count == 1 else { return .goesOn }
        try allow(.create, found, .file)
        return .fails(.notPermitted)
    }

    // MARK: - What is done elsewhere

    private func findToMend(_ found: Resolution) throws(Ended) -> AttemptAnswer {
        guard let status = found.status else { return .goesOn }
        switch status.kind {
        case .file: try allowWriting(found)
        case .directory: try allow(.rebindDirectory, found, .makeDirectory)
        case .symlink, .other: try allow(.rebindFile, found, .file)
        }
        let (handle, _) = try openSame(found) { (name, parent) throws(SystemError) in
            try kernel.open(name, in: parent, .handle)
        }
        return .found(handle)
    }

    private func run(_ found: Resolution) throws(Ended) -> AttemptAnswer {
        if found.status?.kind == .file { try allow(.read, found) }
        return .goesOn
    }
}

extension Resolution {
    /// Whether nothing of it is in a root.
    fileprivate var isElsewhere: Bool { walk.problem == .escapes }
}

extension Workspace {
    /// The walk of a path as a process has it: what is not absolute is no path.
    fileprivate func find(_ path: [UInt8], followsLast: Bool) -> Resolution {
        if path.first == PathBytes.slash {
            let found = walker.resolve(path, followsLast: followsLast)
            if !isKernels(found) { return found }
        }
        let start = roots.workspace.key
        return Resolution(walk: PathWalk(canonical: start, existing: start.components.count, problem: .escapes))
    }

    /// What the kernel makes up: there the host would find itself, and not the process. A root can have it below.
    private func isKernels(_ found: Resolution) -> Bool {
        let key = found.walk.canonical
        guard let root = roots.root(of: key) else { return false }
        let path = root.path + key.components.dropFirst(root.key.components.count)
        if ["proc", "sys", "dev"].contains(where: { path.first?.elementsEqual($0.utf8) ?? false }) { return true }
        guard found.walk.mayHaveOtherNames, let parent = found.parent else { return false }
        return (try? kernel.fileSystem(of: parent)) == Self.processFileSystem
    }

    /// PROC_SUPER_MAGIC
    private static let processFileSystem = 0x9fa0

    /// Whether an absolute path says itself that it is in a root.
    package func isInRoot(_ path: [UInt8]) -> Bool {
        path.first == PathBytes.slash && roots.root(at: roots.respelled(PathBytes.components(of: path))) != nil
    }

    /// The absolute paths of all roots.
    package var rootPaths: [[UInt8]] { roots.all.map { PathBytes.absolute($0.path) } }
}
