import Calls
import Glibc
import System
import Testing
import file_services_driver

@testable import Workspace

@Suite struct FileServicesTests {
    let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("each service asks for exactly the locks of the table, and is denied without any one of them")
    func coverage() throws {
        typealias Use = (FileServices) throws -> Void
        let uses: [(String, Use, (Workspace) -> [Lock])] = [
            ("read", { _ = try $0.read("d/f") }, { [Lock($0.key("d/f"), .content, .shared)] }),
            (
                "status", { _ = try $0.status("d/f") },
                { [Lock($0.key("d/f"), .binding, .shared), Lock($0.key("d/f"), .content, .shared)] }
            ),
            ("status of a directory", { _ = try $0.status("d") }, { [Lock($0.key("d"), .binding, .shared)] }),
            ("list", { _ = try $0.list("d") }, { [Lock($0.key("d"), .entries, .shared)] }),
            ("overwrite", { try $0.write("d/f", "new") }, { [Lock($0.key("d/f"), .content, .exclusive)] }),
            (
                "create", { try $0.write("n/m/f", "new") },
                {
                    [
                        Lock($0.key("n"), .binding, .joint), Lock($0.key("n/m"), .binding, .joint),
                        Lock($0.key("n/m/f"), .binding, .exclusive), Lock($0.key("n/m/f"), .content, .exclusive),
                    ]
                }
            ),
            (
                "make a directory", { try $0.makeDirectory("n/m") },
                { [Lock($0.key("n"), .binding, .joint), Lock($0.key("n/m"), .binding, .exclusive)] }
            ),
            (
                "remove", { try $0.remove("d/f") },
                { [Lock($0.key("d/f"), .binding, .exclusive), Lock($0.key("d/f"), .content, .exclusive)] }
            ),
            (
                "remove a directory", { try $0.remove("d", recursive: true) },
                { [Lock($0.key("d"), .binding, .exclusive), Lock($0.key("d"), .subtree, .exclusive)] }
            ),
            (
                "move", { try $0.rename("d/f", "g") },
                {
                    ["d/f", "g"].map($0.key).flatMap {
                        [Lock($0, .binding, .exclusive), Lock($0, .content, .exclusive)]
                    }
                }
            ),
            (
                "move a directory", { try $0.rename("d", "e") },
                {
                    ["d", "e"].map($0.key).flatMap {
                        [Lock($0, .binding, .exclusive), Lock($0, .subtree, .exclusive)]
                    }
                }
            ),
            (
                "read through a link", { _ = try $0.read("l/f") },
                { [Lock($0.key("l"), .binding, .shared), Lock($0.key("d/f"), .content, .shared)] }
            ),
        ]
        for (name, use, locks) in uses {
            let fresh = try Sandbox()
            try fresh.file("ws/d/f")
            try fresh.link("ws/l", to: "d")
            let workspace = try fresh.workspace()
            let before = try fresh.names("ws")
            for lock in locks(workspace) {
                let services = FileServices(workspace: workspace, coverage: AllBut(lock))
                #expect(code { try use(services) } == .denied, "\(name) without \(lock)")
                #expect(try fresh.names("ws") == before && fresh.content("ws/d/f") == "old", "\(name)")
            }
            let all = AllBut(nil)
            try use(FileServices(workspace: workspace, coverage: all))
            #expect(Set(all.asked) == Set(locks(workspace)), "\(name)")
        }
    }

    @Test("the denial says what was tried, on what, and which claim is missing")
    func message() throws {
        let services = try sandbox.services(Only())
        #expect {
            try services.write("b.txt", "x")
        } throws: {
            ($0 as? ServiceError)?.message
                == #"write to "b.txt": the call's claims do not allow making, removing or moving it"#
        }
    }

    @Test("reading returns the part that is asked for, and the status of the same file")
    func reading() throws {
        try sandbox.file("ws/f", "0123456789")
        let services = try sandbox.services()
        let part = try services.read(path: Array("f".utf8), offset: 3, maximum: 4)
        #expect(part.bytes == Array("3456".utf8) && part.status.size == 10 && part.status.kind == .file)
        #expect(try services.read(path: Array("f".utf8), offset: 20, maximum: 4).bytes.isEmpty)
        #expect(try services.status("f").version == part.status.version)
    }

    @Test("ordinary errors have their codes")
    func codes() throws {
        try sandbox.file("ws/d/f")
        try sandbox.link("ws/out", to: "/etc/passwd")
        let services = try sandbox.services()
        #expect(code { _ = try services.read("none") } == .notFound)
        #expect(code { _ = try services.read("d") } == .kind)
        #expect(code { _ = try services.read("d/f/x") } == .kind)
        #expect(code { _ = try services.read("../x") } == .denied)
        #expect(code { _ = try services.read("out") } == .denied)
        #expect(code { try services.write("out", "x") } == .denied)
        #expect(code { _ = try services.read("") } == .arguments)
        #expect(code { _ = try services.list("d/f") } == .kind)
        #expect(code { _ = try services.list("none") } == .notFound)
        #expect(code { try services.write("d", "x") } == .kind)
        #expect(code { try services.write("new/", "x") } == .kind)
        #expect(code { try services.remove("none") } == .notFound)
        #expect(code { try services.remove("d") } == .exists)
        #expect(code { try services.remove(".", recursive: true) } == .denied)
        #expect(code { try services.makeDirectory("d") } == .exists)
        #expect(code { try services.rename("none", "x") } == .notFound)
        #expect(code { try services.rename("d/f", "no/x") } == .notFound)
        #expect(code { try services.rename("d", "d/e") } == .kind)
        #expect(code { try services.rename("d/f", "d/f") } == .exists)
        #expect(sandbox.content("ws/d/f") == "old")
    }

    @Test("list is sorted by bytes, tells kinds, and hides the host's temporary files")
    func listing() throws {
        try sandbox.file("ws/b")
        try sandbox.file("ws/B")
        try sandbox.file("ws/\u{E9}")
        try sandbox.directory("ws/a")
        try sandbox.link("ws/l", to: "nowhere")
        try #require(mkfifo(sandbox.root + "/p", 0o600) == 0)
        try sandbox.file("ws/.interlock-1.2.3.tmp")
        try sandbox.file("ws/.interlock-x.tmp")
        let list = try sandbox.services().list(path: [0x2E])
        #expect(
            list.map { String(decoding: $0.name, as: UTF8.self) } == [
                ".interlock-x.tmp", "B", "a", "b", "l", "p", "\u{E9}",
            ])
        #expect(list.map(\.kind) == [.file, .file, .directory, .file, .symlink, .other, .file])
    }

    @Test("a pipe is refused, and nobody waits for its other end")
    func pipes() throws {
        try #require(mkfifo(sandbox.root + "/p", 0o600) == 0)
        let services = try sandbox.services()
        #expect(code { _ = try services.read("p") } == .kind)
        #expect(code { try services.write("p", "x") } == .kind)
        #expect(try services.status("p").kind == .other)
    }

    @Test("removing takes links themselves, and a tree without following what is in it")
    func removing() throws {
        try sandbox.file("ws/d/e/f")
        try sandbox.file("ws/keep/f")
        try sandbox.link("ws/d/l", to: "../keep")
        try sandbox.link("ws/k", to: "keep")
        let services = try sandbox.services()
        try services.remove("d", recursive: true)
        try services.remove("k")
        #expect(try sandbox.names("ws") == ["keep"] && sandbox.content("ws/keep/f") == "old")
    }

    @Test("moving replaces only a file, and only if asked")
    func moving() throws {
        try sandbox.file("ws/a", "A")
        try sandbox.file("ws/b", "B")
        try sandbox.directory("ws/d")
        let services = try sandbox.services()
        #expect(code { try services.rename("a", "b") } == .exists)
        #expect(code { try services.rename("a", "d", replace: true) } == .kind)
        #expect(code { try services.rename("d", "b", replace: true) } == .kind)
        try services.rename("a", "b", replace: true)
        try services.rename("d", "e")
        #expect(try sandbox.names("ws") == ["b", "e"] && sandbox.content("ws/b") == "A")
    }

    @Test("moving a file over another of its own names leaves one")
    func movingOntoItself() throws {
        try sandbox.file("ws/a", "A")
        try sandbox.hardLink("ws/b", to: "ws/a")
        try sandbox.services().rename("a", "b", replace: true)
        #expect(try sandbox.names("ws") == ["b"] && sandbox.content("ws/b") == "A")
    }

    @Test("a file with other names is read under its inode or under all of them, else it has changed")
    func aliasedRead() throws {
        try sandbox.file("ws/f")
        try sandbox.hardLink("ws/g", to: "ws/f")
        let workspace = try sandbox.workspace()
        let walk = workspace.walk("f")
        let content = Lock(workspace.key("f"), .content, .shared)
        let inode = Lock(.inode(device: walk.device, number: walk.inode), .content, .shared)
        let aliases = Lock(.aliases, .content, .joint)
        for coverage in [Only(content, inode), Only(content, aliases)] {
            #expect(try FileServices(workspace: workspace, coverage: coverage).read("f") == "old")
        }
        let alone = FileServices(workspace: workspace, coverage: Only(content))
        #expect(code { _ = try alone.read("f") } == .changed)
    }
}

@Suite struct ProtectionTests {
    let sandbox: Sandbox
    let protected = [".git/hooks", ".git/config", ".interlock.yaml"]

    init() throws {
        sandbox = try Sandbox()
        try sandbox.file("ws/.git/config")
        try sandbox.file("ws/.git/hooks/pre-commit")
        try sandbox.file("ws/.git/HEAD")
        try sandbox.directory("ws/d")
    }

    func services() throws -> FileServices {
        FileServices(workspace: try sandbox.workspace(protected: protected), coverage: WholeGrant())
    }

    @Test(
        "protected places are not written, made, removed or moved, by any of their names",
        arguments: [
            ".git/config", ".git/hooks/pre-commit", ".git/hooks/new", ".GIT/Config", ".interlock.yaml", "link/config",
            "hard", "d/../.git/config", ".Interlock.YAML",
        ])
    func writers(path: String) throws {
        try sandbox.link("ws/link", to: ".git")
        try sandbox.hardLink("ws/hard", to: "ws/.git/config")
        let services = try services()
        #expect(code { try services.write(path, "evil") } == .denied)
        #expect(code { try services.rename("d", path) } == .denied)
        #expect(code { try services.makeDirectory(path) } == .denied || path == "hard")
        #expect(sandbox.content("ws/.git/config") == "old")
        #expect(
            services.workspace.check(PathDemand(path, .exclusive, .exact, .createsFile), services.workspace.walk(path))
                != nil)
    }

    @Test("what contains a protected place is not removed, moved, or replaced")
    func containers() throws {
        let services = try services()
        #expect(code { try services.remove(".git", recursive: true) } == .denied)
        #expect(code { try services.rename(".git", "x") } == .denied)
        #expect(code { try services.rename("d", ".git/hooks") } == .denied)
        #expect(sandbox.content("ws/.git/hooks/pre-commit") == "old")
        let workspace = services.workspace
        #expect(workspace.check(PathDemand(".git", .exclusive, .subtree, .removes), workspace.walk(".git")) != nil)
        #expect(workspace.check(PathDemand(".git", .exclusive, .subtree), workspace.walk(".git")) == nil)
        #expect(workspace.check(PathDemand(".", .exclusive, .subtree), workspace.walk(".")) == nil)
    }

    @Test("nothing takes the place of a missing directory that would hold a protected place, but a directory")
    func missingContainer() throws {
        let fresh = try Sandbox()
        try fresh.directory("ws/evil/hooks")
        try fresh.file("ws/file")
        let services = FileServices(workspace: try fresh.workspace(protected: protected), coverage: WholeGrant())
        #expect(code { try services.write(".git", "gitdir: evil") } == .denied)
        #expect(code { try services.rename("evil", ".git") } == .denied)
        #expect(code { try services.rename("file", ".git") } == .denied)
        try services.makeDirectory(".git")
        try services.write(".git/HEAD", "ref")
        #expect(code { try services.makeDirectory(".git/hooks") } == .denied)
    }

    @Test("a protected place that a link leads to is protected there too")
    func linked() throws {
        let fresh = try Sandbox()
        try fresh.file("ws/real/config")
        try fresh.link("ws/.git", to: "real")
        let services = FileServices(workspace: try fresh.workspace(protected: protected), coverage: WholeGrant())
        #expect(code { try services.write("real/config", "evil") } == .denied)
        #expect(code { try services.remove("real", recursive: true) } == .denied)
        #expect(code { try services.remove(".git") } == .denied)
        #expect(fresh.content("ws/real/config") == "old")
    }

    @Test("readers and neighbours are not concerned")
    func readers() throws {
        let services = try services()
        #expect(try services.read(".git/config") == "old")
        #expect(try services.list(".git/hooks") == ["pre-commit"])
        try services.write(".git/HEAD", "new")
        try services.write(".gitignore", "x")
        try services.write("sub/.git/config", "x")
        #expect(sandbox.content("ws/.git/HEAD") == "new")
    }

    @Test("a root for reading is not written, a writable one inside of it is")
    func readOnlyRoot() throws {
        try sandbox.file("store/f")
        let store = Roots.Specification(name: "all", path: sandbox.path, isWritable: false)
        let workspace = try sandbox.workspace(others: [store])
        let services = FileServices(workspace: workspace, coverage: WholeGrant())
        #expect(try services.read("../store/f") == "old")
        #expect(code { try services.write("../store/f", "x") } == .denied)
        #expect(code { try services.makeDirectory("../x") } == .denied)
        #expect(code { try services.rename("../store/f", "f") } == .denied)
        try services.write("f", "x")
        let demand = PathDemand("../store/f", .exclusive, .exact)
        guard case .forbidden = workspace.check(demand, workspace.walk("../store/f")) else {
            Issue.record("a writer of a root for reading was allowed")
            return
        }
        #expect(workspace.check(PathDemand("../store/f", .shared, .exact), workspace.walk("../store/f")) == nil)
    }

    @Test(
        "where names fold, other spellings of a protected name are protected, and other names are not",
        arguments: [
            (".git/hoo\u{212A}s/x", true), (".g\u{200C}it/config", true), (".git/con\u{FB01}g", true),
            (".interlock.yam\u{2113}", true), ("\u{E9}.txt", false), (".git/\u{E9}.txt", false),
        ])
    func folding(path: String, isProtected: Bool) throws {
        let workspace = try services().workspace
        var walk = PathWalk(canonical: workspace.key(path), existing: workspace.roots.workspace.key.components.count)
        #expect(workspace.protection.reason(against: .file, at: walk) == nil)
        walk.folding = workspace.roots.workspace.key
        #expect((workspace.protection.reason(against: .file, at: walk) != nil) == isProtected)
    }

    @Test("where names fold, everything below is needed at once")
    func foldingLocks() throws {
        let workspace = try services().workspace
        let key = workspace.key("d/f")
        let walk = PathWalk(canonical: key, existing: key.components.count, kind: .file, folding: key.parent)
        #expect(LockNeeds.locks(for: .read, at: walk) == [Lock(key.parent, .subtree, .shared)])
        #expect(LockNeeds.locks(for: .rebindFile, at: walk) == [Lock(key.parent, .subtree, .exclusive)])
    }

    @Test("the host's own names are refused to tools")
    func reserved() throws {
        let services = try services()
        #expect(code { try services.write(".interlock-1.2.3.tmp", "x") } == .denied)
        #expect(code { try services.rename("d", "x/.interlock-1.2.3.tmp") } == .denied)
    }
}
