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
        // What is there is only for those to know who claimed to look.
        let lock = Lock(found.walk.canonical, .binding, .shared)
        if problem == .notDirectory, !isCovered(lock) { throw error(.notCovered(lock), operation) }
        throw operation.error(problem)
    }

    /// Why an access is not allowed.
    enum Objection {
        case notCovered(Lock)
        /// Nobody may write there, in words.
        case protected(String)
        /// Not the call's fault: when the claims were made it may have had one name only.
        case otherNames
    }

    /// Nil if the call's claims cover the access, and for a write, if the place may be written at all.
    func objection(to access: FileAccess, at walk: PathWalk, effect: Protection.Effect? = nil) -> Objection? {
        if let lock = LockNeeds.locks(for: access, at: walk).first(where: { !isCovered($0) }) {
            return .notCovered(lock)
        }
        if let effect, let reason = workspace.protection.reason(against: effect, at: walk) {
            return .protected(reason)
        }
        let aliases = LockNeeds.aliasLocks(for: access, at: walk)
        return aliases?.contains(where: coverage.covers) ?? true ? nil : .otherNames
    }

    func isCovered(_ lock: Lock) -> Bool { coverage.covers(lock) || !guards.has(.useInsideClaim) }

    func authorize(
        _ access: FileAccess, _ walk: PathWalk, _ operation: FileOperation, effect: Protection.Effect? = nil
    ) throws(ServiceError) {
        if let objection = objection(to: access, at: walk, effect: effect) { throw error(objection, operation) }
    }

    private func error(_ objection: Objection, _ operation: FileOperation) -> ServiceError {
        switch objection {
        case .notCovered(let lock): operation.notCovered(lock, name: workspace.roots.names.name(of: lock.key))
        case .protected(let reason): operation.error(.forbidden(reason))
        case .otherNames:
            operation.error(
                .changed,
                """
                it can be reached by other names (hard links or mounts) that the call's claims do not cover; \
                a claim on exactly this file, made now, would
                """)
        }
    }

    func verify(_ found: Resolution, _ operation: FileOperation) throws(ServiceError) {
        if try operation.attempt({ () throws(SystemError) in try isInPlace(found) }) { return }
        throw operation.error(.changed, "it was moved or replaced by another program meanwhile")
    }

    /// Whether the handle still is the directory that the path leads to, and the entry what the walk found there:
    /// otherwise something was moved or replaced from outside, and the operation would happen elsewhere than the claim
    /// says. Of an entry: a root itself is in no place.
    func isInPlace(_ found: Resolution) throws(SystemError) -> Bool {
        guard guards.has(.samePlace) else { return true }
        let walk = found.walk
        let directory = walk.canonical.prefix(walk.existing - (found.status == nil ? 0 : 1))
        guard let parent = found.parent, let root = workspace.roots.root(of: directory) else { return false }
        do throws(SystemError) {
            let below = directory.components.dropFirst(root.key.components.count)
            let now =
                below.isEmpty
                ? root.directory
                : try kernel.open(
                    beneath: root.directory, path: PathBytes.joined(below), .directoryHandle,
                    onSameMount: false)
            let isSamePlace = try kernel.status(of: now).isSameFile(as: try kernel.status(of: parent))
            guard isSamePlace else { return false }
            return try isUnchanged(found.status, found.name, in: parent)
        } catch  where error == .notFound || error == .loop || error == .notDirectory {
            // Removed, or a link put in its place.
            return false
        }
    }

    private func isUnchanged(
        _ status: EntryStatus?, _ name: [UInt8]?, in parent: Descriptor
    ) throws(SystemError) -> Bool {
        guard let status, let name else { return true }
        let now = try kernel.status(name, in: parent)
        return now.isSameFile(as: status) && now.kind == status.kind
    }
}

// MARK: - What the walk found

extension FileServices {
    /// Opens it by its name; nil if something else was put in its place.
    func openFound(
        _ found: Resolution, _ open: ([UInt8], Descriptor) throws(SystemError) -> Descriptor
    ) throws(SystemError) -> (Descriptor, EntryStatus)? {
        guard let status = found.status, let parent = found.parent else { throw .notFound }
        let opened = try open(found.name ?? PathBytes.dot, parent)
        let now = try kernel.status(of: opened)
        let isSame = now.isSameFile(as: status) || !guards.has(.sameFile)
        return isSame && now.kind == status.kind ? (opened, now) : nil
    }

    /// Whether a file that had one name has got another, which nobody claimed: as the walk found it, and as it was later.
    func hasNewName(_ found: Resolution, _ later: EntryStatus...) -> Bool {
        let numbers = [found.walk.links] + later.map { Int($0.links) }
        guard guards.has(.noNewName), let one = numbers.firstIndex(of: 1) else { return false }
        return numbers[one...].contains { $0 > 1 }
    }
}
