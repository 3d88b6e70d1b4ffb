import Calls
import System

/// What happens on the way to the disk.
public enum Durability: Sendable {
    /// Files and directories are synchronized: what was reported as written survives a power loss.
    case full
    /// For tests of many turns: still atomic for all processes, but nothing is forced to the disk.
    case none
}

/// The directories that calls work in: paths to walks, protected places, and the host's temporary files.
package final class Workspace: Sendable {
    package let roots: Roots
    let walker: PathWalker
    let kernel: Kernel
    let durability: Durability
    let protection: Protection
    let temporaryNames: TemporaryNames

    /// `protected`: paths relative to the workspace that no tool may write, as `.git/hooks`.
    package init(
        root: String, others: [Roots.Specification] = [], protected: [String] = [], durability: Durability = .full,
        kernel: Kernel = Kernel()
    ) throws(Roots.Failure) {
        roots = try Roots(workspace: root, others: others, kernel: kernel)
        walker = try PathWalker(roots: roots, kernel: kernel)
        self.kernel = kernel
        self.durability = durability
        protection = Protection(protected, walker)
        do {
            temporaryNames = TemporaryNames(owner: try ProcessIdentity.current(kernel))
        } catch {
            throw Roots.Failure(description: "this process's own entry in /proc cannot be read: \(error)")
        }
    }

    func walk(path: [UInt8], followsLast: Bool) -> PathWalk {
        walker.walk(path: path, followsLast: followsLast)
    }

    /// What a path demand denotes now; its problem says if it may not be had at all.
    package func look(_ demand: PathDemand) -> PathWalk {
        guard let path = demand.path else { preconditionFailure("there is no path to look at") }
        var walk = walk(path: path, followsLast: demand.followsLast)
        walk.problem = check(demand, walk) ?? walk.problem
        return walk
    }

    /// The directories on the ways of walks, as they are now.
    package func places(of walks: [PathWalk]) -> Places { PlaceFinder.places(of: walks, walker) }

    /// Whether a demand may be granted at all, whatever the other calls do; nil when it may.
    ///
    /// A wide claim that merely contains a protected place is no fault: the operations on that place are refused then.
    /// One that names the place, something inside it, or wants to remove what contains it, is.
    func check(_ demand: PathDemand, _ walk: PathWalk) -> PathWalk.Problem? {
        if let problem = walk.problem { return problem == .notDirectory ? nil : problem }
        guard demand.mode == .exclusive, demand.path != nil else { return nil }
        // Who may remove in a whole root does not mean the root itself; who names it as an entry does.
        let isWholeRoot = !demand.effects.contains(.entry) && roots.all.contains { $0.key == walk.canonical }
        let makesFileAtMost = demand.scope == .exact && demand.effects.isSubset(of: .makingFile)
        let effect: Protection.Effect =
            if !demand.effects.isDisjoint(with: .removing), !isWholeRoot {
                .replaceTree
            } else if makesFileAtMost {
                .file
            } else {
                .makeDirectory
            }
        return protection.reason(against: effect, at: walk).map { .forbidden($0) }
    }

    /// Removes the temporary files of hosts that are gone, in all writable roots: how many, and the first failure, which kept
    /// none of the others from being removed. It looks at every directory: call it once, beside other work, after the start.
    @discardableResult
    package func reapTemporaryFiles(
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) -> (count: Int, failure: SystemError?) {
        var reaper = TemporaryFileReaper(kernel: kernel, isCancelled: isCancelled)
        for root in roots.all where root.isWritable { reaper.reap(below: root.directory) }
        return (reaper.count, reaper.failure)
    }
}
