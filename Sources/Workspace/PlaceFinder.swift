import Calls
import System

/// Finds the directories on the ways of walks: see ``Places``.
///
/// From a directory's handle it goes up by "..", which follows no link and costs one system call a level; a level that is
/// known already ends it.
struct PlaceFinder {
    /// Nobody has directories this deep above a workspace; a loop of the system's would be for ever.
    private static let deepest = 512

    private let walker: PathWalker
    private var places = Places()

    private var kernel: Kernel { walker.kernel }

    static func places(of walks: [PathWalk], _ walker: PathWalker) -> Places {
        var finder = PlaceFinder(walker: walker)
        finder.addRoots()
        for walk in walks {
            finder.add(walk.canonical, mayBeDirectory: walk.kind.map { $0 == .directory } ?? true)
            for key in walk.followed { finder.add(key, mayBeDirectory: true) }
        }
        return finder.places
    }

    private init(walker: PathWalker) {
        self.walker = walker
    }

    /// The path, or as much of it as is there.
    private mutating func add(_ key: Key, mayBeDirectory: Bool) {
        guard let root = walker.roots.root(of: key), let known = places.deepest(on: key) else { return }
        var names = key.components[root.key.components.count...]
        if !mayBeDirectory { names = names.dropLast() }
        let knownCount = known.key.components.count - root.key.components.count
        while names.count > knownCount {
            do throws(SystemError) {
                let directory = try kernel.open(
                    beneath: root.directory, path: PathBytes.joined(names), .directoryHandle,
                    onSameMount: false)
                return try climb(from: directory, names.dropFirst(knownCount), to: known.directory)
            } catch {
                // Missing, or no directory, or not ours to enter: the one above it, then.
                names = names.dropLast()
            }
        }
    }

    /// `names` lead from the known directory to this one.
    private mutating func climb(
        from directory: Descriptor, _ names: ArraySlice<[UInt8]>, to known: Places.Directory
    ) throws(SystemError) {
        var steps: [Places.Step] = []
        var up: [UInt8] = []
        for name in names.reversed() {
            steps.append(Places.Step(name: name, directory: .init(try kernel.status(up, in: directory))))
            up = PathBytes.joined(up.isEmpty ? [PathBytes.dotDot] : [up, PathBytes.dotDot])
        }
        guard Places.Directory(try kernel.status(up, in: directory)) == known else {
            // Moved while we looked.
            places.isWhole = false
            return
        }
        var parent = known
        for step in steps.reversed() {
            places.add(step, in: parent)
            parent = step.directory
        }
    }

    // MARK: - Roots and mounts

    private mutating func addRoots() {
        for root in walker.roots.all {
            do throws(SystemError) {
                let way = try ascend(from: root.directory)
                places.add(root: root.key, named(way, root))
            } catch {
                places.isWhole = false
            }
        }
        for door in walker.doors {
            do throws(SystemError) {
                places.add(door: door.directory, try ascend(from: door.other).dropLast())
            } catch {
                // No longer mounted there: no door any more.
            }
        }
    }

    /// From "/" to the directory, itself included.
    private func ascend(from directory: Descriptor) throws(SystemError) -> [Places.Directory] {
        var way: [Places.Directory] = []
        var up: [UInt8] = []
        while way.count < Self.deepest {
            let here = Places.Directory(try kernel.status(up, in: directory))
            // Only "/" is above itself, and what is mounted nowhere any more.
            if here == way.last { throw .notFound }
            way.append(here)
            if here == walker.slash { return way.reversed() }
            up = PathBytes.joined(up.isEmpty ? [PathBytes.dotDot] : [up, PathBytes.dotDot])
        }
        throw .loop
    }

    private func named(_ way: [Places.Directory], _ root: Root) -> [Places.Step] {
        var names: [[UInt8]]? = root.path
        if way.count != root.path.count + 1 {
            // The root has been moved since it was opened.
            names = (try? kernel.realPath(of: root.directory)).map(PathBytes.components)
            if names?.count != way.count - 1 { names = nil }
        }
        return way.enumerated().map { depth, directory in
            Places.Step(name: depth == 0 ? nil : names?[depth - 1], directory: directory)
        }
    }
}

/// A directory in the roots, and a handle to it through a mount that shows it elsewhere.
struct OpenDoor: Sendable {
    var directory: Places.Directory
    var other: Descriptor

    /// nil: another mount lies over one of the two, so that there is nothing to be seen.
    init?(_ door: Mounts.Door, _ kernel: Kernel) {
        do throws(SystemError) {
            let here = try kernel.open(trusted: [PathBytes.slash] + PathBytes.joined(door.path), .directoryHandle)
            other = try kernel.open(trusted: [PathBytes.slash] + PathBytes.joined(door.other), .directoryHandle)
            directory = Places.Directory(try kernel.status(of: here))
            guard directory == Places.Directory(try kernel.status(of: other)) else { return nil }
        } catch {
            return nil
        }
    }
}

extension Places.Directory {
    init(_ status: EntryStatus) {
        self.init(device: status.device, inode: status.inode, born: status.born)
    }
}
