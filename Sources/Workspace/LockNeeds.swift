import Calls

/// What a file service is about to do with one path.
enum FileAccess: Sendable, CaseIterable {
    case read, status, list
    case writeExisting, create, makeDirectory
    /// Removing, moving away, or replacing by a move.
    case rebindFile, rebindDirectory

    var isWriting: Bool {
        switch self {
        case .read, .status, .list: false
        case .writeExisting, .create, .makeDirectory, .rebindFile, .rebindDirectory: true
        }
    }
}

/// The locks that an access needs: the executable side of what `Footprint` in Locking asks for.
///
///     access            locks
///     read f            content(f) shared
///     status of f       binding(f) shared; size, times and version are content: for a file content(f) shared too
///     list d            entries(d) shared
///     write existing f  content(f) exclusive
///     create f          binding(f), content(f) exclusive; binding(p) joint for each missing parent p
///     make d            binding(d) exclusive; missing parents as above
///     remove, move f    binding(f), content(f) exclusive
///     remove, move d    binding(d), subtree(d) exclusive
///
/// and in all cases binding(link) shared for what was followed; below a folding directory its subtree instead of all
/// this.
enum LockNeeds {
    static func locks(for access: FileAccess, at walk: PathWalk) -> [Lock] {
        let links = walk.followed.map { Lock($0, .binding, .shared) }
        if let folding = walk.folding {
            return links + [Lock(folding, .subtree, access.isWriting ? .exclusive : .shared)]
        }
        return links + parents(for: access, at: walk) + own(for: access, at: walk)
    }

    /// Of these one is enough, when the file may be reached by names that the tree of keys does not connect: its inode,
    /// or all such files together. Who writes one must exclude searches as well, which know only of `aliases`.
    static func aliasLocks(for access: FileAccess, at walk: PathWalk) -> [Lock]? {
        let touchesContent =
            switch access {
            case .read, .writeExisting: true
            case .status: walk.kind == .file
            case .list, .create, .makeDirectory, .rebindFile, .rebindDirectory: false
            }
        guard walk.mayHaveOtherNames || touchesContent && walk.isAliased else { return nil }
        if access.isWriting { return [Lock(.aliases, .content, .exclusive)] }
        return [Lock(.aliases, .content, .shared), Lock(walk.inodeKey, .content, .shared)]
    }

    private static func own(for access: FileAccess, at walk: PathWalk) -> [Lock] {
        let key = walk.canonical
        return switch access {
        case .read: [Lock(key, .content, .shared)]
        case .status:
            walk.kind == .file
                ? [Lock(key, .binding, .shared), Lock(key, .content, .shared)] : [Lock(key, .binding, .shared)]
        case .list: [Lock(key, .entries, .shared)]
        case .writeExisting: [Lock(key, .content, .exclusive)]
        case .create, .rebindFile: [Lock(key, .binding, .exclusive), Lock(key, .content, .exclusive)]
        case .makeDirectory: [Lock(key, .binding, .exclusive)]
        case .rebindDirectory: [Lock(key, .binding, .exclusive), Lock(key, .subtree, .exclusive)]
        }
    }

    private static func parents(for access: FileAccess, at walk: PathWalk) -> [Lock] {
        access.makesParents ? walk.missingParents.map { Lock($0, .binding, .joint) } : []
    }
}

extension FileAccess {
    fileprivate var makesParents: Bool {
        switch self {
        case .create, .makeDirectory: true
        case .read, .status, .list, .writeExisting, .rebindFile, .rebindDirectory: false
        }
    }
}
