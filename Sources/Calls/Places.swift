/// Where paths are in the file system: the directories on their ways, by what they are and not by what they are called.
/// Hosts whose roots differ find the same directories here. Like a walk it is true as long as nothing of it is changed.
package struct Places: Sendable, Equatable {
    package struct Directory: Sendable, Hashable {
        package var device: UInt64
        package var inode: UInt64
        /// Nanoseconds since 1970: tells it from a later one that got its number. 0 where the file system does not say.
        package var born: Int64

        package init(device: UInt64, inode: UInt64, born: Int64) {
            self.device = device
            self.inode = inode
            self.born = born
        }
    }

    /// A directory, and what it is called in the one before it.
    package struct Step: Sendable, Hashable {
        /// nil: not known, or there is none before it.
        package var name: [UInt8]?
        package var directory: Directory

        package init(name: [UInt8]?, directory: Directory) {
            self.name = name
            self.directory = directory
        }
    }

    private struct Entry: Hashable {
        var parent: Directory
        var name: [UInt8]
    }

    /// From "/" to each root, the root included. A root inside another has a way of its own: it is where it is.
    private var above: [Key: [Step]] = [:]
    private var below: [Entry: Directory] = [:]
    private var doors: [Directory: [[Directory]]] = [:]
    /// False when the tree was changing while it was looked at: then these places prove nothing.
    package var isWhole = true

    package init() {}

    // MARK: - Making

    package mutating func add(root: Key, _ way: [Step]) { above[root] = way }

    /// `door` is mounted in a second place: the directories above it there.
    package mutating func add(door: Directory, _ way: [Directory]) { doors[door, default: []].append(way) }

    package mutating func add(_ step: Step, in parent: Directory) {
        if let name = step.name { below[Entry(parent: parent, name: name)] = step.directory }
    }

    /// Takes over what `newer` knows of the ways to these keys, and forgets what it knows otherwise.
    package mutating func learn(_ newer: Places, on keys: some Sequence<Key>) {
        above.merge(newer.above) { $1 }
        doors = newer.doors
        for key in keys {
            guard let (steps, rest) = newer.way(to: key) else { continue }
            for (parent, step) in zip(steps, steps.dropFirst()) { add(step, in: parent.directory) }
            if let last = steps.last, let name = rest.first {
                below[Entry(parent: last.directory, name: name)] = nil
            }
        }
    }

    /// How many directories are known below roots.
    package var count: Int { below.count }

    // MARK: - Asking

    /// The roots that are in no other.
    package var outermostRoots: [Key] {
        above.keys.filter { $0.components.count == Key.paths.components.count + 1 }
    }

    /// The way to a key: the directories that are there, and the names that are left below the last of them. A key that is
    /// a directory itself leaves none.
    package func way(to key: Key) -> (steps: [Step], rest: ArraySlice<[UInt8]>)? {
        var depth = key.components.count
        // The innermost root around it. Nearly always there is one root alone.
        if above.count == 1, let root = above.keys.first, key.isInside(root) {
            depth = root.components.count
        } else {
            while depth > 0, above[key.prefix(depth)] == nil { depth -= 1 }
        }
        guard depth > 0, var steps = above[key.prefix(depth)], var last = steps.last?.directory else { return nil }
        while depth < key.components.count {
            let name = key.components[depth]
            guard let next = below[Entry(parent: last, name: name)] else { break }
            steps.append(Step(name: name, directory: next))
            last = next
            depth += 1
        }
        return (steps, key.components[depth...])
    }

    /// The directories above `directory` by other mounts.
    package func otherWays(to directory: Directory) -> [[Directory]] { doors[directory] ?? [] }

    /// Every directory on any way.
    package var directories: Set<Directory> {
        Set(above.values.joined().map(\.directory)).union(below.values)
    }

    package var hasDoors: Bool { !doors.isEmpty }

    /// The deepest key on the way to `key` that is known to be a directory, and which one it is.
    package func deepest(on key: Key) -> (key: Key, directory: Directory)? {
        guard let (steps, rest) = way(to: key), let last = steps.last else { return nil }
        return (key.prefix(key.components.count - rest.count), last.directory)
    }
}
