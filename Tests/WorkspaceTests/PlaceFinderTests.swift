import Calls
import Glibc
import System
import Testing

@testable import Workspace

@Suite struct PlaceFinderTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private func places(_ workspace: Workspace, _ paths: String...) -> Places {
        workspace.places(of: paths.map { workspace.walk($0) })
    }

    private func directory(_ name: String) throws -> Places.Directory {
        let path = Array((sandbox.path + "/" + name).utf8)
        return Places.Directory(try Kernel().status(of: try Kernel().open(trusted: path, .directoryHandle)))
    }

    private func way(_ places: Places, to key: Key) throws -> (directories: [Places.Directory], rest: [String]) {
        let (steps, rest) = try #require(places.way(to: key))
        return (steps.map(\.directory), rest.map { String(decoding: $0, as: UTF8.self) })
    }

    @Test("a way leads from / through all directories that are there; files and what is missing are left")
    func ways() throws {
        try sandbox.file("ws/a/b/f")
        let workspace = try sandbox.workspace()
        let places = places(workspace, "a/b/f", "a/new/x", "a/b/f/below", "a/b", ".")
        #expect(places.isWhole)
        let above = try way(places, to: workspace.key("a/b/f"))
        #expect(above.rest == ["f"])
        #expect(above.directories.suffix(3) == [try directory("ws"), try directory("ws/a"), try directory("ws/a/b")])
        #expect(above.directories.first == workspace.walker.slash)
        #expect(try way(places, to: workspace.key("a/b")).rest == [])
        #expect(try way(places, to: workspace.key("a/new/x")).rest == ["new", "x"])
        #expect(try way(places, to: workspace.key("a/b/f/below")).rest == ["f", "below"])
        #expect(try way(places, to: workspace.roots.workspace.key).directories.last == directory("ws"))
    }

    @Test("each directory has the name that it has in the one before it")
    func names() throws {
        try sandbox.directory("ws/a")
        let workspace = try sandbox.workspace()
        let steps = try #require(places(workspace, "a").way(to: workspace.key("a"))).steps
        let names = steps.map { $0.name.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        #expect(names.joined(separator: "/") == sandbox.path + "/ws/a")
    }

    @Test("links are where they lie, and what they lead to is where it is")
    func links() throws {
        try sandbox.file("ws/a/b/f")
        try sandbox.link("ws/c/link", to: "../a/b")
        let workspace = try sandbox.workspace()
        let places = places(workspace, "c/link/f")
        #expect(try way(places, to: workspace.key("c/link")).rest == ["link"])
        #expect(try way(places, to: workspace.key("c/link")).directories.last == directory("ws/c"))
        #expect(try way(places, to: workspace.key("a/b/f")).directories.last == directory("ws/a/b"))
    }

    @Test("hosts with nested workspaces, and one with a root beside its workspace, find the same directories")
    func nested() throws {
        try sandbox.file("ws/a/b/f")
        let outer = try sandbox.workspace()
        let inner = try Workspace(root: sandbox.root + "/a", durability: .none)
        try sandbox.directory("other")
        let beside = try Workspace(
            root: sandbox.path + "/other",
            others: [Roots.Specification(name: "a", path: sandbox.root + "/a/b", isWritable: true)], durability: .none)
        let path = sandbox.root + "/a/b/f"
        let expected = try way(places(outer, path), to: outer.key("a/b/f")).directories
        #expect(try way(places(inner, path), to: inner.walk(path).canonical).directories == expected)
        #expect(try way(places(beside, path), to: beside.walk(path).canonical).directories == expected)
    }

    @Test("a directory that is replaced, and one whose ancestor is, is another place")
    func replaced() throws {
        try sandbox.file("ws/a/b/f")
        let workspace = try sandbox.workspace()
        let before = places(workspace, "a/b/f")
        #expect(places(workspace, "a/b/f") == before)
        try #require(rename(sandbox.root + "/a/b", sandbox.root + "/a/old") == 0)
        try sandbox.file("ws/a/b/f")
        let after = places(workspace, "a/b/f")
        #expect(after != before && after.isWhole)
        // The root itself is what it was, wherever it has been moved.
        try #require(rename(sandbox.root, sandbox.path + "/moved") == 0)
        try sandbox.directory("deep/er")
        try #require(rename(sandbox.path + "/moved", sandbox.path + "/deep/er/ws") == 0)
        let moved = places(workspace, "a/b/f")
        #expect(moved.isWhole && moved != after)
        let steps = try #require(moved.way(to: workspace.key("a/b"))).steps
        #expect(try steps.map(\.directory).contains(directory("deep/er")))
        #expect(steps.suffix(4).map { $0.name.map { String(decoding: $0, as: UTF8.self) } } == ["er", "ws", "a", "b"])
    }

    @Test("a part of the roots that is mounted elsewhere too has a door there")
    func doors() {
        let table = """
            21 1 8:1 / / rw - ext4 /dev/sda1 rw
            22 21 8:1 /home/ws/src /mnt/src rw - ext4 /dev/sda1 rw
            23 21 8:1 /home /mnt/home rw - ext4 /dev/sda1 rw
            24 21 8:2 /home/ws /mnt/other rw - ext4 /dev/sdb1 rw
            25 21 8:1 /var /mnt/var rw - ext4 /dev/sda1 rw
            """
        let mounts = Mounts(table: Array(table.utf8), roots: [(PathBytes.components(of: Array("/home/ws".utf8)), 21)])
        func door(_ path: String, _ other: String) -> Mounts.Door {
            Mounts.Door(
                path: PathBytes.components(of: Array(path.utf8)), other: PathBytes.components(of: Array(other.utf8)))
        }
        #expect(mounts.doors == [door("/home/ws/src", "/mnt/src"), door("/home/ws", "/mnt/home/ws")])
    }
}
