import Calls
import System

/// One walk, a component at a time.
///
///     outside ──enters a root──> inside ──name missing──> missing
///        ^                        │  │
///        └──".." above the root───┘  └──a file──> end
///        └──link to "/…"
///
/// Outside of the roots nothing is looked up: names are compared with the real paths of roots, which no link is on.
struct WalkSteps {
    private struct Level {
        var key: Key
        var root: Root
        var directory: Descriptor
        var status: EntryStatus
        /// The outermost directory, this one included, that treats several spellings as one name.
        var folding: Key?
        /// Reached through a mount that is not the root's, or one whose files have other names.
        var mayHaveOtherNames: Bool
    }

    private let walker: PathWalker
    private let followsLast: Bool
    /// Last first.
    private var todo: [[UInt8]] = []
    /// From the outermost root to where we are; empty while outside.
    private var levels: [Level] = []
    private var outside: [[UInt8]] = []
    /// The last place inside: what a path that escapes depends on.
    private var lastInside: Key
    private var missing: [[UInt8]] = []
    /// What is not a directory, and ends the walk.
    private var end: (name: [UInt8], status: EntryStatus)?
    private var followed: [Key] = []
    private var linkCount = 0
    private var problem: PathWalk.Problem?

    init(_ walker: PathWalker, followsLast: Bool) {
        self.walker = walker
        self.followsLast = followsLast
        lastInside = walker.roots.workspace.key
    }

    /// Both kinds of paths begin at "/": on the way to the workspace, nested roots are found by the same rule as later.
    mutating func resolve(_ path: [[UInt8]], isAbsolute: Bool) -> Resolution {
        todo = path.reversed()
        if !isAbsolute { todo += walker.roots.workspace.path.reversed() }
        do {
            try goOutside(to: [])
        } catch {
            problem = .unreadable("\(error)")
        }
        while problem == nil, let component = todo.popLast() {
            do {
                try step(component)
                if end != nil, !todo.isEmpty { problem = .notDirectory }
            } catch {
                todo.append(component)
                problem = error == .nameTooLong ? Self.tooLong : .unreadable("\(error)")
            }
        }
        if problem == nil, levels.isEmpty { problem = .escapes }
        recordWhatHides()
        return finish()
    }

    private static let tooLong = PathWalk.Problem.tooLong(
        "it leads through more than \(PathWalker.deepest) directories, or a name in it is too long")

    private mutating func step(_ component: [UInt8]) throws(SystemError) {
        let isUp = component == PathBytes.dotDot
        if levels.isEmpty {
            try goOutside(to: isUp ? outside.dropLast() : outside + [component])
        } else if !missing.isEmpty {
            if isUp {
                record(place)
                missing.removeLast()
            } else {
                missing.append(component)
            }
        } else if isUp {
            try leave()
        } else {
            try lookUp(component)
        }
    }

    // MARK: - Moves

    /// The key of where we are.
    private var place: Key {
        guard let here = levels.last else { return lastInside }
        return Key(components: here.key.components + missing)
    }

    /// To a place in no root; if an outermost root is exactly there, into it.
    private mutating func goOutside(to path: [[UInt8]]) throws(SystemError) {
        outside = path
        levels = []
        guard let root = walker.roots.outermost(exactlyAt: path) else { return }
        let folds = try walker.folding.folds(root.key, root.directory, root.status)
        levels = [
            Level(
                key: root.key, root: root, directory: root.directory, status: root.status,
                folding: folds ? root.key : nil,
                mayHaveOtherNames: walker.mounts.aliased.contains(root.status.mount))
        ]
    }

    private mutating func leave() throws(SystemError) {
        guard let here = levels.popLast() else { return }
        record(here.key)
        guard levels.isEmpty else { return }
        lastInside = here.key
        try goOutside(to: here.root.path.dropLast())
    }

    private mutating func lookUp(_ name: [UInt8]) throws(SystemError) {
        guard let here = levels.last else { return }
        if let root = walker.roots.root(exactlyAt: here.key.appending(name)) {
            // A root is what was opened at the start, whatever its name denotes now.
            return try descend(name, root.directory, root.status)
        }
        let handle: Descriptor
        do {
            handle = try walker.kernel.open(name, in: here.directory, .handle)
        } catch .notFound {
            missing = [name]
            return
        }
        let status = try walker.kernel.status(of: handle)
        switch status.kind {
        case .symlink where !todo.isEmpty || followsLast: try follow(name, handle)
        case .directory: try descend(name, handle, status)
        case .symlink, .file, .other: end = (name, status)
        }
    }

    private mutating func descend(_ name: [UInt8], _ handle: Descriptor, _ status: EntryStatus) throws(SystemError) {
        guard let here = levels.last else { return }
        // Each level is an open handle of the host's.
        if levels.count >= PathWalker.deepest { throw .nameTooLong }
        let key = here.key.appending(name)
        let root = walker.roots.root(exactlyAt: key) ?? here.root
        var folding = here.folding
        if folding == nil, try walker.folding.folds(key, handle, status) { folding = key }
        levels.append(
            Level(
                key: key, root: root, directory: handle, status: status, folding: folding,
                mayHaveOtherNames: isForeign(status, root)))
    }

    private func isForeign(_ status: EntryStatus, _ root: Root) -> Bool {
        // Without numbers of mounts, which old kernels do not give, a bind mount of the same device goes unseen.
        status.mount != root.status.mount || status.mount == 0 && status.device != root.status.device
            || walker.mounts.aliased.contains(status.mount)
    }

    private mutating func follow(_ name: [UInt8], _ handle: Descriptor) throws(SystemError) {
        guard let here = levels.last else { return }
        let link = here.key.appending(name)
        followed.append(link)
        lastInside = link
        linkCount += 1
        if linkCount > PathWalk.maximumLinks {
            problem = .loop
            return
        }
        let target = try walker.kernel.readLink([], in: handle)
        let components = PathBytes.components(of: target)
        if target.first == PathBytes.slash {
            todo += walker.roots.respelled(components).reversed()
            try goOutside(to: [])
        } else {
            todo += components.reversed()
        }
    }

    /// A directory that a `..` left.
    private mutating func record(_ key: Key) {
        if walker.roots.root(exactlyAt: key) == nil, !followed.contains(key) { followed.append(key) }
    }

    /// The walk has stopped before a `..`: what it stopped at may go, and then the path leads out of there again.
    private mutating func recordWhatHides() {
        guard let here = levels.last, todo.contains(PathBytes.dotDot) else { return }
        record(here.key.appending(end?.name ?? todo.last ?? []))
    }

    // MARK: - The result

    private func finish() -> Resolution {
        guard let here = levels.last, problem != .loop else {
            return Resolution(
                walk: PathWalk(
                    canonical: lastInside, existing: lastInside.components.count, followed: followed, problem: problem))
        }
        let rest = todo.reversed().filter { $0 != PathBytes.dotDot }
        var walk = PathWalk(
            canonical: here.key, existing: here.key.components.count, followed: followed,
            mayHaveOtherNames: here.mayHaveOtherNames, folding: here.folding, problem: problem)
        if let end {
            walk.canonical = Key(components: here.key.components + [end.name] + rest)
            walk.existing += 1
            walk.mayHaveOtherNames = here.mayHaveOtherNames || isForeign(end.status, here.root)
            if problem == nil { walk.describe(end.status) }
            return Resolution(
                walk: walk, parent: problem == nil ? here.directory : nil, name: end.name, status: end.status)
        }
        if !missing.isEmpty || problem != nil {
            walk.canonical = Key(components: here.key.components + missing + (problem == nil ? [] : rest))
            return Resolution(
                walk: walk, parent: problem == nil ? here.directory : nil, missing: missing, name: missing.last)
        }
        walk.describe(here.status)
        guard levels.count > 1 else {
            walk.folding = nil
            return Resolution(walk: walk, parent: here.directory, status: here.status)
        }
        // The directory's own name was looked up in the one above: only that one's folding matters to it.
        let above = levels[levels.count - 2]
        walk.folding = above.folding
        return Resolution(walk: walk, parent: above.directory, name: here.key.components.last, status: here.status)
    }
}
