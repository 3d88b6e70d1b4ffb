import Calls
import Glibc
import System
import TestSupport
import Testing

@testable import Workspace

/// Walks of random paths in random trees, against a resolver of another make: on strings, with lstat and readlink.
@Suite struct PathOracleTests {
    @Test("random paths in random trees of links mean what a plain resolver says", arguments: 1...UInt64(60))
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let sandbox = try Sandbox()
        try sandbox.directory("ws/a/b")
        try sandbox.directory("store")
        for _ in 0..<12 {
            let place = "ws/" + Self.path(&random, from: ["a", "b", "c"])
            // Where something is in the way, the tree just gets no such entry.
            switch Int.random(in: 0..<4, using: &random) {
            case 0: _ = mkdir(sandbox.path + "/" + place, 0o755)
            case 1: close(open(sandbox.path + "/" + place, O_CREAT | O_WRONLY, 0o644))
            default:
                let prefix =
                    ["", "", sandbox.root + "/", "../", sandbox.path + "/store/", "/"]
                    .randomElement(using: &random) ?? ""
                _ = symlink(prefix + Self.path(&random, from: ["a", "b", "c", "..", "."]), sandbox.path + "/" + place)
            }
        }
        let store = Roots.Specification(name: "store", path: sandbox.path + "/store", isWritable: true)
        let workspace = try sandbox.workspace(others: [store])
        for _ in 0..<150 {
            let path = Self.path(&random, from: ["a", "b", "c", "a", "b", "..", ".", ""])
            let follows = Bool.random(using: &random)
            // A path of nothing but empty components is "/" or nothing, not of interest here.
            guard !path.isEmpty, !path.hasPrefix("/") else { continue }
            let walk = workspace.walk(path, followsLast: follows)
            let expected = Oracle(roots: [sandbox.root, sandbox.path + "/store"])
                .resolve(path, from: sandbox.root, follows: follows)
            #expect(Self.meaning(walk) == expected, "seed \(seed), \(path), follows: \(follows)")
        }
    }

    static func path(_ random: inout SeededGenerator, from names: [String]) -> String {
        (0..<Int.random(in: 1...5, using: &random)).compactMap { _ in names.randomElement(using: &random) }
            .joined(separator: "/")
    }

    static func meaning(_ walk: PathWalk) -> String {
        switch walk.problem {
        case .escapes: "escapes"
        case .loop: "loop"
        case .notDirectory: "not a directory"
        case nil:
            "/"
                + walk.canonical.components.dropFirst().map { String(decoding: $0, as: UTF8.self) }
                .joined(separator: "/").dropFirst()
                + (walk.kind == nil ? " missing" : "")
        case .some(let other): "\(other)"
        }
    }
}

/// Resolves by strings; the documented rules for `..`, missing components and roots, and nothing of the walker's code.
struct Oracle {
    let roots: [String]

    func resolve(_ path: String, from start: String, follows: Bool) -> String {
        var here = start
        var isMissing = 0
        var links = 0
        var rest = path.split(separator: "/").map(String.init)
        while !rest.isEmpty {
            let name = rest.removeFirst()
            if name == "." { continue }
            if name == ".." {
                here = Self.parent(here)
                isMissing = max(0, isMissing - 1)
                continue
            }
            let next = here == "/" ? "/" + name : here + "/" + name
            here = next
            if isMissing > 0 {
                isMissing += 1
                continue
            }
            guard isInside(Self.parent(next)) else { continue }
            var status = stat()
            guard lstat(next, &status) == 0 else {
                isMissing = 1
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFLNK where follows || rest.contains { $0 != "." }:
                links += 1
                if links > PathWalk.maximumLinks { return "loop" }
                let target = Self.target(next)
                here = target.hasPrefix("/") ? "/" : Self.parent(next)
                rest = target.split(separator: "/").map(String.init) + rest
            case S_IFDIR: break
            default: if rest.contains(where: { $0 != "." }) { return "not a directory" }
            }
        }
        return isInside(here) ? here + (isMissing > 0 ? " missing" : "") : "escapes"
    }

    private func isInside(_ path: String) -> Bool {
        roots.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private static func parent(_ path: String) -> String {
        let parent = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        return parent.isEmpty ? "/" : String(parent)
    }

    private static func target(_ path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
