import Calls
import System

/// Finds out what paths denote, without trusting them: component by component, relative to directory handles.
///
/// - A relative path starts in the workspace; an absolute one must lead into a root. Both may pass between roots.
/// - Empty components and `.` mean nothing, also at the end.
/// - `..` steps up on the canonical path, links resolved. The directory left this way had to be there and to be no
///   link, so it is recorded in `followed`, like a link: its binding is part of what the path means. A missing
///   directory can be left as well (`a/../b` is `b`): whoever writes would make it, and it is recorded for whoever
///   does.
/// - Below a missing component everything is missing; below a file it is `.notDirectory`, and `..` there changes
///   nothing, but the file is recorded: without it the path would lead elsewhere.
struct PathWalker: Sendable {
    /// PATH_MAX and NAME_MAX.
    static let longestPath = 4095
    static let longestName = 255
    /// Directories below one another, from the outermost root on, that a path may lead through. Nothing of ours lies deeper; who
    /// goes down a tree goes as far, with an open handle for each.
    static let deepest = 256

    let roots: Roots
    let kernel: Kernel
    let folding: Folding
    let mounts: Mounts
    let doors: [OpenDoor]
    /// What "/" is.
    let slash: Places.Directory

    init(roots: Roots, kernel: Kernel) throws(Roots.Failure) {
        self.roots = roots
        self.kernel = kernel
        folding = Folding(kernel)
        do {
            mounts = Mounts(
                table: try kernel.contents(ofTrusted: "/proc/self/mountinfo"),
                roots: roots.all.map { ($0.path, $0.status.mount) })
        } catch {
            throw Roots.Failure(description: "the table of mounts, /proc/self/mountinfo, cannot be read: \(error)")
        }
        do {
            let directory = try kernel.open(trusted: [PathBytes.slash], .directoryHandle)
            slash = Places.Directory(try kernel.status(of: directory))
        } catch {
            throw Roots.Failure(description: "the directory / cannot be looked at: \(error)")
        }
        doors = mounts.doors.compactMap { OpenDoor($0, kernel) }
    }

    func walk(path: [UInt8], followsLast: Bool) -> PathWalk {
        resolve(path, followsLast: followsLast).walk
    }

    /// The walk, with the handle to act on what it found.
    func resolve(_ path: [UInt8], followsLast: Bool) -> Resolution {
        if let problem = Self.malformation(of: path) {
            let start = roots.workspace.key
            return Resolution(walk: PathWalk(canonical: start, existing: start.components.count, problem: problem))
        }
        let isAbsolute = path.first == PathBytes.slash
        let components = PathBytes.components(of: path)
        let absolute = isAbsolute ? roots.respelled(components) : roots.workspace.path + components
        if let found = resolveDirectly(absolute, followsLast: followsLast) { return found }
        var steps = WalkSteps(self, followsLast: followsLast)
        return steps.resolve(isAbsolute ? absolute : components, isAbsolute: isAbsolute)
    }

    private static func malformation(of path: [UInt8]) -> PathWalk.Problem? {
        if path.isEmpty { return .malformed("the path is empty") }
        if path.contains(0) { return .malformed("the path has a NUL byte") }
        if path.count > longestPath { return .tooLong("the path is longer than \(longestPath) bytes") }
        if path.split(separator: PathBytes.slash).contains(where: { $0.count > longestName }) {
            return .tooLong("a name in the path is longer than \(longestName) bytes")
        }
        return nil
    }

    /// The common case in two or three system calls: no link, no mount on the way, all directories there, none of them
    /// folding. Anything else, errors included, is left to the steps, which find out what it is: nil.
    private func resolveDirectly(_ path: [[UInt8]], followsLast: Bool) -> Resolution? {
        if path.contains(PathBytes.dotDot) { return nil }
        guard let root = roots.root(at: path) else { return nil }
        let below = path.dropFirst(root.path.count)
        guard let name = below.last else { return Resolution(root: root, mounts.aliased) }
        if root.key.components.count + below.count > Self.deepest { return nil }
        let parentKey = Key(components: root.key.components + below.dropLast())
        guard folding.isKnownPlain(parentKey), let parent = try? open(below.dropLast(), beneath: root.directory)
        else { return nil }

        var walk = PathWalk(
            canonical: parentKey.appending(name), existing: parentKey.components.count,
            mayHaveOtherNames: mounts.aliased.contains(root.status.mount))
        do {
            let status = try kernel.status(name, in: parent)
            if status.mount != root.status.mount || status.kind == .symlink && followsLast { return nil }
            walk.existing += 1
            walk.describe(status)
            return Resolution(walk: walk, parent: parent, missing: [], name: name, status: status)
        } catch .notFound {
            return Resolution(walk: walk, parent: parent, missing: [name], name: name)
        } catch {
            return nil
        }
    }

    private func open(_ path: ArraySlice<[UInt8]>, beneath root: Descriptor) throws(SystemError) -> Descriptor {
        if path.isEmpty { return root }
        return try kernel.open(beneath: root, path: PathBytes.joined(path), .directoryHandle, onSameMount: true)
    }
}

/// A walk, and the directory handle that whoever acts on it must use: names are looked up again relative to the handle,
/// never by the whole path, so that nothing swapped in on the way is followed.
struct Resolution: Sendable {
    var walk: PathWalk
    /// The directory with the entry; the deepest that exists when others are missing. nil when there is a problem.
    var parent: Descriptor?
    /// What does not exist, from below `parent` to the entry.
    var missing: [[UInt8]] = []
    /// The entry's own name; nil when `parent` itself, a root, is meant.
    var name: [UInt8]?
    var status: EntryStatus?
}

extension Resolution {
    init(root: Root, _ aliasedMounts: Set<UInt64>) {
        var walk = PathWalk(
            canonical: root.key, existing: root.key.components.count,
            mayHaveOtherNames: aliasedMounts.contains(root.status.mount))
        walk.describe(root.status)
        self.init(walk: walk, parent: root.directory, status: root.status)
    }
}

extension PathWalk {
    mutating func describe(_ status: EntryStatus) {
        kind = Kind(status.kind)
        device = status.device
        inode = status.inode
        links = Int(status.links)
    }
}

extension PathWalk.Kind {
    init(_ kind: EntryStatus.Kind) {
        self =
            switch kind {
            case .file: .file
            case .directory: .directory
            case .symlink: .symlink
            case .other: .other
            }
    }
}
