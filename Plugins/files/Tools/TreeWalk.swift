import FileEditing
import InterlockKit

/// Goes through a directory and what is below it: depth first, names sorted by bytes, so that equal trees give equal
/// results. Links are shown, never followed. What .gitignore files exclude is left out; so is the inside of .git.
struct TreeWalk {
    struct Entry {
        /// The names below the root.
        var path: [[UInt8]]
        var kind: FileKind
    }

    /// What was left out on the way.
    struct LeftOut {
        /// Entries that a rule excludes.
        var ignored = 0
        /// Directories that could not be listed: no permission, a path that is too long, or taken away by somebody who
        /// takes no claims.
        var unreadable: [String] = []
    }

    static let git = Array(".git".utf8)

    let root: String
    /// How many levels are visited.
    let depth: Int
    let ignoreRules: Bool

    init(root: String, depth: Int = .max, ignoreRules: Bool) {
        self.root = root
        self.depth = depth
        self.ignoreRules = ignoreRules
    }

    /// One directory on the way down, with what is still to do in it.
    private struct Level {
        var path: [[UInt8]]
        var entries: ArraySlice<DirectoryEntry>
        var scope: IgnoreScope
    }

    /// Until `body` answers false.
    func visit(_ call: Call, _ body: (Entry) throws -> Bool) throws -> LeftOut {
        var levels = [try level(at: [], within: IgnoreScope(), call)]
        var left = LeftOut()
        while var level = levels.popLast() {
            guard let next = level.entries.popFirst() else { continue }
            levels.append(level)
            let path = level.path + [next.nameBytes]
            let isDirectory = next.kind == .directory
            guard !level.scope.ignores(path, isDirectory: isDirectory) else {
                left.ignored += 1
                continue
            }
            guard try body(Entry(path: path, kind: next.kind)) else { break }
            guard isDirectory, path.count < depth, next.nameBytes != Self.git else { continue }
            do {
                levels.append(try self.level(at: path, within: level.scope, call))
            } catch let error as HostError where [.io, .notFound, .limit].contains(error.code) {
                left.unreadable.append(shown(path))
            }
        }
        return left
    }

    /// A path for the host's services.
    func location(_ path: [[UInt8]]) -> [UInt8] {
        Array(([Array(root.utf8)] + path).joined(separator: Array("/".utf8)))
    }

    /// A path as the model would write it.
    func shown(_ path: [[UInt8]]) -> String {
        var root = self.root[...]
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        if path.isEmpty { return String(root) }
        if root == "." { return path.shown }
        return root == "/" ? "/" + path.shown : "\(root)/\(path.shown)"
    }

    private func level(at path: [[UInt8]], within scope: IgnoreScope, _ call: Call) throws -> Level {
        try call.checkCancellation()
        let entries = try call.files.list(location(path))
        var inner = scope
        if ignoreRules, entries.contains(where: { $0.nameBytes == IgnoreRules.fileName && $0.kind == .file }) {
            let file = try call.files.read(
                location(path + [IgnoreRules.fileName]), atMost: UInt64(IgnoreRules.maximumBytes))
            inner = scope.entering(IgnoreRules(file.bytes), depth: path.count)
        }
        return Level(path: path, entries: entries[...], scope: inner)
    }
}

extension [[UInt8]] {
    /// Names apart by "/", with what is not UTF-8 replaced, and on one line.
    var shown: String { map { Excerpt.escaped(String(decoding: $0, as: UTF8.self)) }.joined(separator: "/") }
}
