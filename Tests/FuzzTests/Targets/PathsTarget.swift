import Calls
import Foundation
import System
import Workspace

/// Whatever a path says, it denotes a place in a root, or nothing: the kernel's own resolution agrees where something is.
enum PathsTarget {
    /// The first byte says what is asked of the path.
    static func complaint(about bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let path = Array(bytes.dropFirst())
        let follows = first & 1 == 0
        let demand = PathDemand(
            path: path, mode: first & 2 == 0 ? .shared : .exclusive, scope: first & 4 == 0 ? .exact : .subtree,
            effects: follows ? [] : .entry)
        let walk = tree.workspace.look(demand)
        if walk.problem != nil, walk.problem != .notDirectory { return nil }
        let places = [walk.canonical] + walk.followed
        guard let root = places.first(where: { !$0.isInside(tree.root) }) else { return misled(path, walk, follows) }
        return "\(path) leads to \(root), out of the workspace"
    }

    private static func misled(_ path: [UInt8], _ walk: PathWalk, _ follows: Bool) -> String? {
        guard follows, walk.kind != nil, !path.contains(0) else { return nil }
        let absolute = path.first == 0x2F ? path : Array((tree.directory + "/").utf8) + path
        guard let file = try? tree.kernel.open(trusted: absolute, .handle),
            let real = try? tree.kernel.realPath(of: file)
        else { return nil }
        let mine = [0x2F] + walk.canonical.components.dropFirst(2).joined(separator: [0x2F])
        return Array(tree.directory.utf8) + (mine.count > 1 ? mine : []) == real
            ? nil : "\(path) is \(String(decoding: real, as: UTF8.self)), and not \(walk.canonical)"
    }

    /// A workspace with links of all kinds, and something outside of it to lead to.
    private struct Tree: Sendable {
        let kernel = Kernel()
        let directory: String
        let workspace: Workspace
        let root: Key

        init() throws {
            let outside = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-fuzz-\(getpid())")
            directory = outside.appendingPathComponent("ws").resolvingSymlinksInPath().path
            let files = FileManager.default
            try? files.removeItem(at: outside)
            try files.createDirectory(atPath: directory + "/a/b", withIntermediateDirectories: true)
            for (name, target) in [
                ("in", "a"), ("up", "a/b/../.."), ("out", ".."), ("far", "/etc"), ("loop", "loop"), ("gone", "none/x"),
                ("a/back", "../in/b"), ("abs", directory + "/a"), ("a/b/root", "../../.."),
            ] { try files.createSymbolicLink(atPath: "\(directory)/\(name)", withDestinationPath: target) }
            for name in ["f", "a/f", "../secret"] {
                try Data("x".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
            }
            workspace = try Workspace(root: directory)
            root = workspace.roots.all[0].key
        }
    }

    private static let tree: Tree = {
        do { return try Tree() } catch { fatalError("no tree to look at: \(error)") }
    }()
}
