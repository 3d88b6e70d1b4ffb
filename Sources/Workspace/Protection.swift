import Calls
import System

/// Places that no tool may write: what would let a call run code of its own later, or change what the next one may do.
struct Protection: Sendable {
    /// Canonical and as spelled, and which place it is.
    private struct Place {
        var key: Key
        var name: String
        var device: UInt64
        var inode: UInt64
    }

    /// Protected names of one directory: looked at for every write, so the way to them is walked once for all.
    private struct Siblings {
        /// Relative to the workspace; empty for the workspace itself.
        var directory: [[UInt8]]
        /// Each with its path, as the operator wrote it.
        var names: [(name: [UInt8], path: String)] = []
    }

    private let roots: Roots
    private let walker: PathWalker
    private let siblings: [Siblings]

    init(_ paths: [String], _ walker: PathWalker) {
        self.walker = walker
        roots = walker.roots
        var siblings: [Siblings] = []
        for path in paths {
            let components = PathBytes.components(of: Array(path.utf8))
            guard let name = components.last else { continue }
            let directory = Array(components.dropLast())
            if !siblings.contains(where: { $0.directory == directory }) {
                siblings.append(Siblings(directory: directory))
            }
            for place in siblings.indices where siblings[place].directory == directory {
                siblings[place].names.append((name, path))
            }
        }
        self.siblings = siblings
    }

    /// What an operation does to the entry that it names.
    enum Effect {
        /// Writes the entry's content, or makes a file.
        case file
        case makeDirectory
        /// Removes the entry with all below it, moves it away, or puts another in its place.
        case replaceTree
    }

    /// Why `effect` is forbidden at the end of `walk`; nil when it is not.
    func reason(against effect: Effect, at walk: PathWalk) -> String? {
        let key = walk.canonical
        guard let root = roots.root(of: key) else { return "it is in no root" }
        if !root.isWritable { return "the root \"\(root.name)\" is for reading only" }
        let isReserved = key.components.contains(where: TemporaryName.isReserved)
        if isReserved, walker.kernel.guards.has(.reservedNames) { return "the name is reserved for the host" }
        if effect == .replaceTree, let inner = roots.all.first(where: { $0.key.isInside(key) }) {
            return inner.key == key ? "it is the root \"\(inner.name)\"" : "it contains the root \"\(inner.name)\""
        }
        for place in places() {
            if isInside(key, place, walk) { return "\(place.name) is protected from tools" }
            // A file or another directory in the place of an ancestor would decide what the protected name denotes. (A
            // file is never put in the place of a directory.)
            let decides = effect == .replaceTree || effect == .file && walk.kind != .directory
            if decides, isInside(place.key, at: key, folding: walk.folding) {
                return "it contains \(place.name), which is protected from tools"
            }
        }
        return nil
    }

    /// Both what the names denote now, through links, and the names themselves: a link may change.
    private func places() -> [Place] { siblings.flatMap(places) }

    private func places(of siblings: Siblings) -> [Place] {
        let spelled = Key(components: roots.workspace.key.components + siblings.directory)
        var places = siblings.names.map { Place(key: spelled.appending($0.name), name: $0.path, device: 0, inode: 0) }
        guard let (directory, key) = open(siblings.directory) else { return places }
        for (name, path) in siblings.names {
            guard let status = try? walker.kernel.status(name, in: directory) else {
                places.append(Place(key: key.appending(name), name: path, device: 0, inode: 0))
                continue
            }
            places.append(
                Place(key: key.appending(name), name: path, device: status.device, inode: status.inode))
            guard status.kind == .symlink else { continue }
            let walk = walker.walk(path: Array(path.utf8), followsLast: true)
            // A walk with a problem ends somewhere on the way: nothing can be reached through it.
            guard walk.problem == nil else { continue }
            places.append(Place(key: walk.canonical, name: path, device: walk.device, inode: walk.inode))
        }
        return places
    }

    /// A directory of the workspace, and where it really is; nil when nothing can be reached through it.
    private func open(_ path: [[UInt8]]) -> (Descriptor, Key)? {
        if path.isEmpty { return (roots.workspace.directory, roots.workspace.key) }
        let found = walker.resolve(PathBytes.joined(path), followsLast: true)
        guard found.walk.problem == nil, found.status?.kind == .directory, let parent = found.parent else { return nil }
        guard let name = found.name else { return (parent, found.walk.canonical) }
        guard let directory = try? walker.kernel.open(name, in: parent, .directoryHandle) else { return nil }
        return (directory, found.walk.canonical)
    }

    private func isInside(_ key: Key, _ place: Place, _ walk: PathWalk) -> Bool {
        // The same file by another name: a hard link, a mount, another spelling.
        if walk.kind != nil, place.inode != 0, walk.inode == place.inode, walk.device == place.device { return true }
        return isInside(key, at: place.key, folding: walk.folding)
    }

    /// Whether `key` is `ancestor` or below, where names may be other spellings of one another.
    private func isInside(_ key: Key, at ancestor: Key, folding: Key?) -> Bool {
        guard key.components.count >= ancestor.components.count else { return false }
        return zip(key.components, ancestor.components).enumerated().allSatisfy { depth, names in
            let folds = folding.map { depth >= $0.components.count } ?? false
            return Self.mayBeSame(names.0, names.1, folds: folds)
        }
    }

    /// Case is ignored everywhere, so that a checkout that moves to another file system stays safe. In a folding
    /// directory letters beyond ASCII may fold to ASCII ones or to nothing: then what ASCII there is must not fit
    /// either.
    private static func mayBeSame(_ a: [UInt8], _ b: [UInt8], folds: Bool) -> Bool {
        if a.count == b.count, zip(a, b).allSatisfy({ $0.lowercased == $1.lowercased }) { return true }
        guard folds, a.contains(where: { $0 >= 0x80 }) || b.contains(where: { $0 >= 0x80 }) else { return false }
        return fits(a, into: b) || fits(b, into: a)
    }

    /// Whether the ASCII of `a` is found in `b` in the same order.
    private static func fits(_ a: [UInt8], into b: [UInt8]) -> Bool {
        var rest = a.filter { $0 < 0x80 }[...]
        for byte in b where rest.first?.lowercased == byte.lowercased { rest = rest.dropFirst() }
        return rest.isEmpty && a.contains { $0 >= 0x80 }
    }
}
