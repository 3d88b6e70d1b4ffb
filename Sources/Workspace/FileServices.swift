import Calls
import Guards
import System

/// The file services of one running call. Every operation walks its path anew, asks the call's grant for each lock that
/// it needs, and acts relative to the directory handle that the walk opened: the check and the act are one resolution.
///
/// `.denied` is kept for what the call did wrong: it ends as `violated`. What others changed meanwhile is `.changed`.
package final class FileServices: Sendable {
    /// Bytes that one read returns at most; a longer file is read in parts.
    package static let largestRead = 64 << 20
    /// Bytes that one read returns at most of a file that the kernel makes up, which has no size.
    static let largestWithoutSize: UInt64 = 1 << 20
    /// Names that one list returns at most.
    package static let largestList = 1_000_000
    /// Directories below one another that a recursive remove goes down, each an open handle.
    package static let deepestRemove = 200

    let workspace: Workspace
    let coverage: any LockCoverage
    private let collected = Guarded([String]())

    package init(workspace: Workspace, coverage: any LockCoverage) {
        self.workspace = workspace
        self.coverage = coverage
    }

    /// What the outcome should say though nothing failed: a write that was not atomic, an owner that could not be kept.
    package var notes: [String] { collected.withLock { $0 } }

    func note(_ notes: [String]) {
        if !notes.isEmpty { collected.withLock { $0 += notes } }
    }

    var kernel: Kernel { workspace.kernel }
    var guards: RaceGuards { kernel.guards }
}

// MARK: - The check

extension FileServices {
    /// The walk of a path that can be acted on.
    func resolve(_ operation: FileOperation, followsLast: Bool) throws(ServiceError) -> Resolution {
        let found = workspace.walker.resolve(operation.path, followsLast: followsLast)
        guard let problem = found.walk.problem else { return found }
        if problem == .notDirectory {
            // What is there is only for those to know who claimed to look.
            try require([Lock(found.walk.canonical, .binding, .shared)], operation)
        }
        throw operation.error(problem)
    }

    /// Throws unless the call's claims cover the access, and for a write, unless the place may be written at all.
    func authorize(
        _ access: FileAccess, _ walk: PathWalk, _ operation: FileOperation, effect: Protection.Effect? = nil
    ) throws(ServiceError) {
        try require(LockNeeds.locks(for: access, at: walk), operation)
        if let effect, let reason = workspace.protection.reason(against: effect, at: walk) {
            throw operation.error(.forbidden(reason))
        }
        guard let aliases = LockNeeds.aliasLocks(for: access, at: walk) else { return }
        if !aliases.contains(where: coverage.covers) {
            // Not the call's fault: when the claims were made it may have had one name only.
            throw operation.error(
                .changed,
                """
                it can be reached by other names (hard links or mounts) that the call's claims do not cover; \
                a claim on exactly this file, made now, would
                """)
        }
    }

    private func require(_ locks: [Lock], _ operation: FileOperation) throws(ServiceError) {
        for lock in locks where !coverage.covers(lock) && guards.has(.useInsideClaim) {
            throw operation.notCovered(lock, name: workspace.roots.name(of: lock.key))
        }
    }

    /// That the handle still is the directory that the path leads to, and the entry what the walk found there:
    /// otherwise something was moved or replaced from outside, and the operation would happen elsewhere than the claim
    /// says.
    func verify(_ found: Resolution, _ operation: FileOperation) throws(ServiceError) {
        guard guards.has(.samePlace) else { return }
        let walk = found.walk
        let directory = walk.canonical.prefix(walk.existing - (found.status == nil ? 0 : 1))
        guard let parent = found.parent, let root = workspace.roots.root(of: directory) else {
            throw operation.error(.escapes)
        }
        do throws(SystemError) {
            let below = directory.components.dropFirst(root.key.components.count)
            let now =
                below.isEmpty
                ? root.directory
                : try kernel.open(
                    beneath: root.directory, path: PathBytes.joined(below), .directoryHandle,
                    onSameMount: false)
            let isSamePlace = try kernel.status(of: now).isSameFile(as: try kernel.status(of: parent))
            if isSamePlace, try isUnchanged(found.status, found.name, in: parent) { return }
        } catch  where error == .notFound || error == .loop || error == .notDirectory {
            // Removed, or a link put in its place.
        } catch {
            throw operation.error(error)
        }
        throw operation.error(.changed, "it was moved or replaced by another program meanwhile")
    }

    private func isUnchanged(
        _ status: EntryStatus?, _ name: [UInt8]?, in parent: Descriptor
    ) throws(SystemError) -> Bool {
        guard let status, let name else { return true }
        let now = try kernel.status(name, in: parent)
        return now.isSameFile(as: status) && now.kind == status.kind
    }
}
