import Calls
import System

// What the kernel may let code reach that does not ask the file services.
//
//     lock                      access
//     content(f) shared         reading f
//     content(f) exclusive      overwriting f in place; making and removing it is the file services'
//     subtree(d) shared         reading and listing below d
//     subtree(d) exclusive      everything below d; but if a protected place is there, only where the kernel keeps it
//     binding, entries          nothing: the kernel knows no "the names in d, but not those in d/e"

extension Workspace {
    package func nativePaths(of locks: [Lock], keepsProtected: Bool) -> [NativePath] {
        var found: [Key: NativePath] = [:]
        for lock in locks where lock.mode != .joint {
            let keys = lock.key == .paths ? roots.all.map(\.key) : [lock.key]
            for key in keys where key.isPath {
                guard let path = nativePath(key, lock, keepsProtected) else { continue }
                found[key, default: path].access.formUnion(path.access)
            }
        }
        return found.values.filter { !$0.access.isEmpty }.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private func nativePath(_ key: Key, _ lock: Lock, _ keepsProtected: Bool) -> NativePath? {
        guard lock.facet == .content || lock.facet == .subtree, let root = roots.root(of: key),
            let status = status(of: key, in: root)
        else { return nil }
        let path = PathBytes.absolute(root.path + key.components.dropFirst(root.key.components.count))
        var access: NativePath.Access
        switch (status.kind, lock.facet) {
        case (.file, _): access = lock.mode == .shared ? .read : [.read, .overwrite]
        case (.directory, .subtree): access = lock.mode == .shared ? .readBelow : .writeBelow
        default: return nil
        }
        let isChanging = !access.isDisjoint(with: [.overwrite, .change])
        if isChanging, isForbidden(key, status, keepsProtected: keepsProtected) {
            access.subtract([.overwrite, .change])
        }
        return NativePath(path: path, device: status.device, inode: status.inode, access: access)
    }

    private func status(of key: Key, in root: Root) -> EntryStatus? {
        let below = key.components.dropFirst(root.key.components.count)
        if below.isEmpty { return root.status }
        // What cannot be looked at cannot be reached either.
        guard
            let handle = try? kernel.open(
                beneath: root.directory, path: PathBytes.joined(below), .handle, onSameMount: false)
        else { return nil }
        return try? kernel.status(of: handle)
    }

    private func isForbidden(_ key: Key, _ status: EntryStatus, keepsProtected: Bool) -> Bool {
        let walk = PathWalk(
            canonical: key, existing: key.components.count, kind: status.kind == .directory ? .directory : .file,
            device: status.device, inode: status.inode, links: Int(status.links))
        if protection.reason(against: .file, at: walk) != nil { return true }
        return status.kind == .directory && !keepsProtected && protection.isAbove(key)
    }

    /// The most that calls of some tools may ever reach.
    package func nativeBounds(of tools: [Tool]) -> [NativePath] {
        let access = tools.map(\.contract.nativeAccess).reduce(into: NativePath.Access()) { $0.formUnion($1) }
        if access.isEmpty { return [] }
        return roots.all.map { root in
            NativePath(
                path: PathBytes.absolute(root.path), device: root.status.device, inode: root.status.inode,
                access: root.isWritable ? access : access.intersection(.readBelow))
        }
    }

    /// Absolute paths that must stay as they are, whatever may be changed around them.
    package var keptPlaces: [[UInt8]] {
        protection.paths.map { PathBytes.absolute(roots.workspace.path + PathBytes.components(of: Array($0.utf8))) }
            + roots.all.filter { root in !root.isWritable && roots.all.contains { isAround($0, root) } }
            .map { PathBytes.absolute($0.path) }
    }

    private func isAround(_ outer: Root, _ inner: Root) -> Bool {
        outer.isWritable && outer.key != inner.key && inner.key.isInside(outer.key)
    }
}

extension Contract {
    /// The union of what its claims can come down to.
    fileprivate var nativeAccess: NativePath.Access {
        if !isDeclared || takesEverything { return .writeBelow }
        return claims.reduce(into: []) { access, claim in
            guard case .path(let mode, let scope, let effects) = claim.resource, !claim.isReleasable else { return }
            switch (mode, scope) {
            case (.shared, .entries): break
            // Where arguments name nothing, the claim is on everything.
            case (.shared, _): access.formUnion(.readBelow)
            case (.exclusive, .exact)
            where effects.isDisjoint(with: [.creates, .createsDirectory, .removes, .receives]):
                access.formUnion(.readBelow.union(.overwrite))
            case (.exclusive, _): access.formUnion(.writeBelow)
            }
        }
    }
}
