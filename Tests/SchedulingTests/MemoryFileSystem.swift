import Calls

/// A file system of directories, files, symbolic and hard links in memory: what the model's calls change, and what their
/// paths are walked in. The targets of symbolic links are absolute within the one root.
struct MemoryFileSystem {
    typealias Name = String
    typealias Path = [Name]
    typealias Inode = Int

    enum Node: Equatable {
        case directory([Name: Inode])
        case file([String])
        case link(Path)
    }

    /// The tree below a node, without the numbers of its nodes.
    indirect enum Tree: Equatable {
        case directory([Name: Tree])
        case file([String])
        case link(Path)
    }

    /// All that can be seen from outside: the tree, and which names are one file.
    struct Shape: Equatable {
        var tree: Tree
        var hardLinks: Set<[Path]>
    }

    static let root: Inode = 0

    private(set) var nodes: [Node] = [.directory([:])]

    subscript(inode: Inode) -> Node { nodes[inode] }

    func directory(_ inode: Inode) -> [Name: Inode]? {
        if case .directory(let children) = nodes[inode] { children } else { nil }
    }

    func file(_ inode: Inode) -> [String]? {
        if case .file(let content) = nodes[inode] { content } else { nil }
    }

    // MARK: - Changes

    mutating func make(_ node: Node, _ name: Name, in directory: Inode) {
        nodes.append(node)
        bind(name, to: nodes.count - 1, in: directory)
    }

    mutating func bind(_ name: Name, to inode: Inode?, in directory: Inode) {
        guard case .directory(var children) = nodes[directory] else { return }
        children[name] = inode
        nodes[directory] = .directory(children)
    }

    mutating func setContent(_ content: [String], of inode: Inode) {
        nodes[inode] = .file(content)
    }

    /// Makes the directories of a canonical path; nil if something else is in the way.
    mutating func makeDirectories(_ path: ArraySlice<Name>) -> Inode? {
        var inode = Self.root
        for name in path {
            guard let children = directory(inode) else { return nil }
            if children[name] == nil { make(.directory([:]), name, in: inode) }
            guard let child = directory(inode)?[name] else { return nil }
            inode = child
        }
        return directory(inode) == nil ? nil : inode
    }

    // MARK: - Looks

    func tree(_ inode: Inode = root) -> Tree {
        switch nodes[inode] {
        case .directory(let children): .directory(children.mapValues { tree($0) })
        case .file(let content): .file(content)
        case .link(let target): .link(target)
        }
    }

    var shape: Shape {
        var names: [Inode: [Path]] = [:]
        visit { path, inode in names[inode, default: []].append(path) }
        return Shape(tree: tree(), hardLinks: Set(names.values.map { $0.sorted { $0.lexicographicallyPrecedes($1) } }))
    }

    /// Every file that can be reached, by each of its names, in order.
    func visit(_ inode: Inode = root, _ path: Path = [], _ body: (Path, Inode) -> Void) {
        switch nodes[inode] {
        case .directory(let children):
            for (name, child) in children.sorted(by: { $0.key < $1.key }) { visit(child, path + [name], body) }
        case .file: body(path, inode)
        case .link: break
        }
    }

    func links(of inode: Inode) -> Int {
        nodes.reduce(0) { sum, node in
            if case .directory(let children) = node { sum + children.values.count { $0 == inode } } else { sum }
        }
    }

    func walk(_ path: Path, followingLast: Bool = true) -> Walker.End {
        var walker = Walker(path, followingLast: followingLast)
        while true {
            if let end = walker.step(in: self) { return end }
        }
    }
}

/// Follows a path one component at a time, so that the file system can change in between, as the real one does.
struct Walker {
    struct End {
        var path: MemoryFileSystem.Path
        var existing: Int
        var inode: MemoryFileSystem.Inode?
        var followed: [MemoryFileSystem.Path]
        var problem: PathWalk.Problem?

        var parent: ArraySlice<MemoryFileSystem.Name> { path.dropLast() }
        var canBeMade: Bool { inode == nil && problem == nil }
    }

    static let maximumLinks = 8

    private var todo: MemoryFileSystem.Path
    private let followsLast: Bool
    private var path: MemoryFileSystem.Path = []
    private var inode = MemoryFileSystem.root
    private var followed: [MemoryFileSystem.Path] = []

    init(_ path: MemoryFileSystem.Path, followingLast: Bool) {
        todo = path
        followsLast = followingLast
    }

    mutating func step(in system: MemoryFileSystem) -> End? {
        guard let name = todo.first else {
            return End(path: path, existing: path.count, inode: inode, followed: followed)
        }
        guard let children = system.directory(inode) else {
            return End(
                path: path + todo, existing: path.count, inode: nil, followed: followed, problem: .notDirectory)
        }
        guard let child = children[name] else {
            return End(path: path + todo, existing: path.count, inode: nil, followed: followed)
        }
        todo.removeFirst()
        if case .link(let target) = system[child], !todo.isEmpty || followsLast {
            followed.append(path + [name])
            guard followed.count <= Self.maximumLinks else {
                return End(
                    path: path + [name], existing: path.count + 1, inode: nil, followed: followed, problem: .loop)
            }
            todo = target + todo
            path = []
            inode = MemoryFileSystem.root
        } else {
            path.append(name)
            inode = child
        }
        return nil
    }
}

extension PathWalk {
    /// What the host's own walk would say of the same path.
    init(_ end: Walker.End, in system: MemoryFileSystem) {
        self.init(
            canonical: .model(end.path), existing: Key.modelRoot.components.count + end.existing,
            followed: end.followed.map { .model($0) }, problem: end.problem)
        guard let inode = end.inode else { return }
        self.inode = UInt64(inode)
        switch system[inode] {
        case .directory: kind = .directory
        case .link: kind = .symlink
        case .file:
            kind = .file
            links = system.links(of: inode)
        }
    }
}

extension Key {
    static let modelRoot = Key("path", "workspace")

    static func model(_ path: MemoryFileSystem.Path) -> Key {
        Key(components: modelRoot.components + path.map { Array($0.utf8) })
    }
}
