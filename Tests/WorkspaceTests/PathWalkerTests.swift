import Calls
import Glibc
import System
import Testing
import file_services_driver

@testable import Workspace

@Suite struct PathWalkerTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test(
        "an existing file is its own key, however it is spelled",
        arguments: [
            "a/b.txt", "./a//b.txt", "a/./b.txt", "a/b.txt/", "a/../a/b.txt",
        ])
    func spellings(path: String) throws {
        try sandbox.file("ws/a/b.txt")
        let workspace = try sandbox.workspace()
        // Twice: the second look may take the short way.
        for _ in 0..<2 {
            let walk = workspace.walk(path)
            #expect(walk.canonical == workspace.key("a/b.txt"))
            #expect(walk.existing == walk.canonical.components.count)
            #expect(walk.kind == .file && walk.links == 1 && walk.problem == nil)
            let status = try sandbox.status("ws/a/b.txt")
            #expect(walk.inode == UInt64(status.st_ino))
        }
    }

    @Test("the short way and the long way say the same")
    func bothWays() throws {
        try sandbox.file("ws/a/b.txt")
        let workspace = try sandbox.workspace()
        for path in ["a/b.txt", "a/new", "a", ".", "a/b.txt/x"] {
            let first = workspace.walk(path)
            #expect(workspace.walk(path) == first, "\(path)")
        }
    }

    @Test("missing parents stay in the key")
    func missing() throws {
        try sandbox.directory("ws/a")
        let workspace = try sandbox.workspace()
        let walk = workspace.walk("a/x/y/z")
        #expect(walk.canonical == workspace.key("a/x/y/z"))
        #expect(walk.existing == workspace.key("a").components.count)
        #expect(walk.kind == nil && walk.problem == nil)
    }

    @Test("what `..` leaves is part of what the path means, also where it is missing")
    func up() throws {
        try sandbox.file("ws/a/f")
        try sandbox.file("ws/b")
        let workspace = try sandbox.workspace()
        let existing = workspace.walk("a/../b")
        #expect(existing.canonical == workspace.key("b") && existing.kind == .file)
        #expect(existing.followed == [workspace.key("a")])
        let missing = workspace.walk("none/deeper/../../b2")
        #expect(missing.canonical == workspace.key("b2") && missing.problem == nil)
        #expect(missing.followed == [workspace.key("none/deeper"), workspace.key("none")])
    }

    @Test("a file before `..` is part of what the path means: without it the path leads out of there")
    func upFromFile() throws {
        try sandbox.file("ws/a/f")
        let workspace = try sandbox.workspace()
        for path in ["a/f/..", "a/f/x/../..", "a/f/../../b"] {
            let walk = workspace.walk(path)
            #expect(walk.problem == .notDirectory)
            #expect(walk.followed == [workspace.key("a/f")], "\(path)")
        }
        #expect(workspace.walk("a/f/x").followed.isEmpty)
    }

    @Test("a file used as a directory is told, with the rest in the key")
    func notDirectory() throws {
        try sandbox.file("ws/f")
        let workspace = try sandbox.workspace()
        let walk = workspace.walk("f/x/y")
        #expect(walk.problem == .notDirectory)
        #expect(walk.canonical == workspace.key("f/x/y"))
        #expect(walk.existing == workspace.key("f").components.count)
    }

    @Test("links inside are followed and recorded; the last only if asked")
    func links() throws {
        try sandbox.file("ws/real/f")
        try sandbox.link("ws/one", to: "real")
        try sandbox.link("ws/two", to: sandbox.root + "/one/../real/f")
        let workspace = try sandbox.workspace()
        let through = workspace.walk("one/f")
        #expect(through.canonical == workspace.key("real/f") && through.kind == .file)
        #expect(through.followed == [workspace.key("one")])
        let absolute = workspace.walk("two")
        #expect(absolute.canonical == workspace.key("real/f"))
        #expect(absolute.followed.prefix(2) == [workspace.key("two"), workspace.key("one")])
        let entry = workspace.walk("two", followsLast: false)
        #expect(entry.canonical == workspace.key("two") && entry.kind == .symlink && entry.followed.isEmpty)
    }

    @Test("a dangling link leads to its missing target")
    func dangling() throws {
        try sandbox.link("ws/l", to: "new/f")
        let workspace = try sandbox.workspace()
        let walk = workspace.walk("l")
        #expect(walk.canonical == workspace.key("new/f") && walk.kind == nil && walk.problem == nil)
        #expect(walk.followed == [workspace.key("l")])
    }

    @Test(
        "what leads out of every root escapes",
        arguments: [
            "..", "../other", "a/../../x", "/etc/passwd", "out", "out/x", "up/secret", "/", "a/../../ws-evil/f",
        ])
    func escapes(path: String) throws {
        try sandbox.directory("ws/a")
        try sandbox.file("ws-evil/f")
        try sandbox.file("secret")
        try sandbox.link("ws/out", to: "/etc")
        try sandbox.link("ws/up", to: "..")
        #expect(try sandbox.workspace().walk(path).problem == .escapes)
    }

    @Test("a twin with the same beginning of its name is not the workspace")
    func prefixTwin() throws {
        try sandbox.file("ws-evil/f")
        #expect(try sandbox.workspace().walk(sandbox.root + "-evil/f").problem == .escapes)
    }

    @Test("leaving the workspace and coming back by its name is allowed")
    func backAgain() throws {
        try sandbox.file("ws/f")
        let workspace = try sandbox.workspace()
        #expect(workspace.walk("../ws/f").canonical == workspace.key("f"))
        #expect(workspace.walk(sandbox.root + "/f").canonical == workspace.key("f"))
    }

    @Test("loops end, and forty links do not")
    func loops() throws {
        try sandbox.link("ws/a", to: "b")
        try sandbox.link("ws/b", to: "a")
        try sandbox.file("ws/l0")
        for number in 1...PathWalk.maximumLinks + 1 { try sandbox.link("ws/l\(number)", to: "l\(number - 1)") }
        let workspace = try sandbox.workspace()
        #expect(workspace.walk("a").problem == .loop)
        #expect(workspace.walk("a/x").problem == .loop)
        #expect(workspace.walk("l\(PathWalk.maximumLinks)").kind == .file)
        #expect(workspace.walk("l\(PathWalk.maximumLinks + 1)").problem == .loop)
    }

    @Test("what cannot be a path is malformed, or too long")
    func malformed() throws {
        let workspace = try sandbox.workspace()
        for path in [[], Array("a\0b".utf8)] {
            guard case .malformed = workspace.walk(path: path, followsLast: true).problem else {
                Issue.record("\(path.count) bytes were accepted")
                continue
            }
        }
        for path in [String(repeating: "a", count: 256), String(repeating: "a/", count: 2048)] {
            guard case .tooLong = workspace.walk(path).problem else {
                Issue.record("\(path.utf8.count) bytes were accepted")
                continue
            }
        }
        #expect(workspace.walk(String(repeating: "a", count: 255)).problem == nil)
    }

    /// Each directory on the way is an open handle, and links can lead on for ever.
    @Test("a path through very many directories is too long, by whatever road")
    func deep() throws {
        let names = [String](repeating: "d", count: PathWalker.deepest)
        try sandbox.file("ws/" + names.joined(separator: "/") + "/f")
        try sandbox.link("ws/link", to: names.dropLast(100).joined(separator: "/"))
        let workspace = try sandbox.workspace()
        let path = names.joined(separator: "/")
        for path in ["\(path)/f", "\(path)/d/../f", "link/" + names.suffix(100).joined(separator: "/") + "/f"] {
            guard case .tooLong(let why) = workspace.walk(path).problem else {
                Issue.record("\(path) was accepted")
                continue
            }
            #expect(why.contains("\(PathWalker.deepest) directories"))
        }
        #expect(workspace.walk(names.dropLast().joined(separator: "/")).kind == .directory)
    }

    @Test("names are bytes: not UTF-8, and both normal forms, are names of their own")
    func bytes() throws {
        try sandbox.file("ws/e\u{301}", "decomposed")
        let workspace = try sandbox.workspace()
        let decomposed = workspace.walk(path: Array("e\u{301}".utf8), followsLast: true)
        let composed = workspace.walk(path: Array("\u{E9}".utf8), followsLast: true)
        #expect(decomposed.kind == .file && composed.kind == nil)
        #expect(decomposed.canonical != composed.canonical)
        let latin: [UInt8] = [0xE9, 0xFF]
        let services = FileServices(workspace: workspace, coverage: WholeGrant())
        try services.write(path: latin, [1], WriteCondition())
        #expect(workspace.walk(path: latin, followsLast: true).canonical.components.last == latin)
        #expect(try services.list(path: [0x2E]).map(\.name) == [Array("e\u{301}".utf8), latin])
    }

    @Test("hard links are counted")
    func hardLinks() throws {
        try sandbox.file("ws/f")
        try sandbox.hardLink("ws/g", to: "ws/f")
        let workspace = try sandbox.workspace()
        let (f, g) = (workspace.walk("f"), workspace.walk("g"))
        #expect(f.links == 2 && f.inode == g.inode && f.canonical != g.canonical)
    }
}

@Suite struct RootsTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("a workspace that is given through a link is its real directory, by both names")
    func linkedWorkspace() throws {
        try sandbox.file("ws/f")
        try sandbox.link("alias", to: "ws")
        let workspace = try Workspace(root: sandbox.path + "/alias", durability: .none)
        #expect(workspace.roots.workspace.key == Key(components: [Array("path".utf8), Array(sandbox.root.utf8)]))
        for path in ["f", sandbox.root + "/f", sandbox.path + "/alias/f"] {
            #expect(workspace.walk(path).canonical == workspace.key("f"), "\(path)")
        }
    }

    @Test("a root inside another continues its components, and both meet in one tree")
    func nested() throws {
        try sandbox.file("ws/pkg/f")
        let outer = Roots.Specification(name: "outer", path: sandbox.path, isWritable: false)
        let inner = Roots.Specification(name: "pkg", path: sandbox.root + "/pkg", isWritable: false)
        let workspace = try sandbox.workspace(others: [outer, inner])
        let base = Key(components: [Array("path".utf8), Array(sandbox.path.utf8)])
        #expect(workspace.roots.workspace.key == base.appending(Array("ws".utf8)))
        let key = workspace.roots.workspace.key.appending(Array("pkg".utf8)).appending(Array("f".utf8))
        for path in ["pkg/f", "../ws/pkg/f", sandbox.root + "/pkg/f"] {
            #expect(workspace.walk(path).canonical == key, "\(path)")
        }
        #expect(workspace.roots.root(of: key)?.name == "pkg")
        #expect(workspace.roots.names.name(of: key) == "pkg/f")
        #expect(workspace.walk("..").canonical == base)
        // Outside of the workspace a name says which root it is in.
        #expect(workspace.roots.names.name(of: base) == sandbox.path)
        #expect(workspace.roots.names.name(of: base.appending(Array("x".utf8))) == sandbox.path + "/x")
        #expect(workspace.roots.names.name(of: workspace.roots.workspace.key) == ".")
    }

    @Test("what people read is the file's name, whatever letters are in it, and where the whole system is a root")
    func names() throws {
        try sandbox.file("j\u{F6}rg/f")
        let all = Roots.Specification(name: "all", path: "/", isWritable: false)
        for others in [[], [all]] {
            let workspace = try Workspace(root: sandbox.path + "/j\u{F6}rg", others: others, durability: .none)
            let names = workspace.roots.names
            #expect(workspace.roots.name(ofNative: sandbox.path + "/j\u{F6}rg/f") == "f")
            #expect(workspace.roots.name(ofNative: "/etc/passwd") == "/etc/passwd")
            #expect(names.name(of: workspace.walk("f").canonical) == "f")
            if !others.isEmpty { #expect(names.name(of: workspace.walk("/etc").canonical) == "/etc") }
        }
        let system = try Workspace(root: "/", durability: .none)
        #expect(system.roots.name(ofNative: "/etc/passwd") == "etc/passwd")
    }

    @Test("two spellings of a directory are one root; with two modes they are refused")
    func spellings() throws {
        try sandbox.directory("store")
        try sandbox.link("alias", to: "store")
        let plain = Roots.Specification(name: "store", path: sandbox.path + "/store/", isWritable: true)
        var alias = Roots.Specification(name: "alias", path: sandbox.path + "/alias", isWritable: true)
        #expect(try sandbox.workspace(others: [plain, alias]).roots.all.map(\.name) == ["workspace", "store"])
        alias.isWritable = false
        #expect(throws: Roots.Failure.self) { try self.sandbox.workspace(others: [plain, alias]) }
    }

    @Test("a link from one root into another is followed")
    func between() throws {
        try sandbox.file("store/f")
        try sandbox.link("ws/absolute", to: sandbox.path + "/store")
        try sandbox.link("ws/relative", to: "../store")
        let store = Roots.Specification(name: "store", path: sandbox.path + "/store", isWritable: true)
        let workspace = try sandbox.workspace(others: [store])
        let key = workspace.roots.all[1].key.appending([0x66])
        for path in ["absolute/f", "relative/f", "../store/f", sandbox.path + "/store/f"] {
            #expect(workspace.walk(path).canonical == key, "\(path)")
        }
        #expect(workspace.walk("relative/../f").problem == .escapes)
    }

    @Test("a root that is missing, relative, or no directory is refused with its name")
    func refused() throws {
        try sandbox.file("f")
        for path in ["relative", sandbox.path + "/none", sandbox.path + "/f"] {
            let root = Roots.Specification(name: "bad", path: path, isWritable: true)
            #expect { try self.sandbox.workspace(others: [root]) } throws: { "\($0)".contains("\"bad\"") }
        }
    }

    @Test("mounts that show the same files are found; those of separate parts are not")
    func mounts() {
        let table = """
            20 1 8:1 / / rw - ext4 /dev/sda1 rw
            21 20 8:1 /home/ws/src /home/ws/bind\\040mount rw - ext4 /dev/sda1 rw
            22 20 8:1 /var/other /home/ws/separate rw - ext4 /dev/sda1 rw
            23 20 8:2 / /home/ws/disk rw - ext4 /dev/sdb1 rw
            24 20 8:1 /home/ws/src /elsewhere rw - ext4 /dev/sda1 rw
            """
        let workspace = PathBytes.components(of: Array("/home/ws".utf8))
        #expect(Mounts(table: Array(table.utf8), roots: [(workspace, 20)]).aliased == [20, 21])
        let without = table.split(separator: "\n").filter { !$0.hasPrefix("21") }.joined(separator: "\n")
        #expect(Mounts(table: Array(without.utf8), roots: [(workspace, 20)]).aliased.isEmpty)
        let elsewhere = PathBytes.components(of: Array("/elsewhere".utf8))
        #expect(Mounts(table: Array(without.utf8), roots: [(workspace, 20), (elsewhere, 24)]).aliased == [20, 24])
    }
}
