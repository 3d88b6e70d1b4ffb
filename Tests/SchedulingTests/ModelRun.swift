/// A call that has begun. It works in steps, and others may work in between.
struct ModelRun {
    enum Step: Equatable {
        /// More to do; a claim that is not needed any more.
        case more(released: Int?)
        case end(ModelCall.Result)
    }

    private let call: ModelCall
    private let operation: ModelCall.Operation
    /// What the first step read; nil = the first step is still to come.
    private var seen: Seen?

    private enum Seen {
        case file([String]?)
        case files([(MemoryFileSystem.Path, [String])])
        case nothing
    }

    init(_ call: ModelCall) {
        self.call = call
        if case .undeclared(let inner) = call.operation { operation = inner } else { operation = call.operation }
    }

    /// Runs to its end.
    static func complete(_ call: ModelCall, in system: inout MemoryFileSystem) -> ModelCall.Result {
        var run = ModelRun(call)
        while true {
            if case .end(let result) = run.step(in: &system) { return result }
        }
    }

    mutating func step(in system: inout MemoryFileSystem) -> Step {
        if call.givesUp { return giveUp(in: &system) }
        guard let seen else { return first(in: &system) }
        switch (operation, seen) {
        case (.append(let path), .file(let content)), (.edit(let path), .file(let content)):
            return .end(Self.write((content ?? []) + [call.text], to: path, in: &system))
        case (.copy(_, let target), .file(let content?)):
            return .end(Self.write(content + [call.text], to: target, in: &system))
        case (.format, .files(let files)):
            for (path, content) in files { _ = Self.write(content + [call.text], to: path, in: &system) }
            return .end(.done)
        default: return .end(.error)
        }
    }

    private mutating func first(in system: inout MemoryFileSystem) -> Step {
        switch operation {
        case .read(let path): return .end(Self.read(path, in: system))
        case .list(let path): return .end(Self.list(path, in: system))
        case .search(let path): return .end(Self.search(path, in: system))
        case .write(let path): return .end(Self.write([call.text], to: path, in: &system))
        case .append(let path):
            let end = system.walk(path)
            seen = .file(end.inode.flatMap { system.file($0) })
            let isUsable = end.inode.map { system.file($0) != nil } ?? true
            return isUsable ? .more(released: nil) : .end(.error)
        case .edit(let path), .copy(let path, _):
            guard let content = Self.content(of: path, in: system) else { return .end(.error) }
            seen = .file(content)
            if case .copy = operation { return .more(released: 0) }
            return .more(released: nil)
        case .format(let path):
            guard let inode = system.walk(path).inode else { return .end(.error) }
            var files: [(MemoryFileSystem.Path, [String])] = []
            system.visit(inode, system.walk(path).path) { files.append(($0, system.file($1) ?? [])) }
            seen = .files(files)
            return .more(released: nil)
        case .remove, .removeTree, .makeDirectory, .symlink, .hardLink, .rename:
            return .end(change(in: &system))
        case .undeclared: return .end(.error)
        }
    }

    /// Fails, and leaves things as they were; who appends to a new file has made it by then, and takes it away again.
    private mutating func giveUp(in system: inout MemoryFileSystem) -> Step {
        guard case .append(let path) = operation else { return .end(.error) }
        if seen != nil {
            _ = Self.remove(system.walk(path).path, directory: false, in: &system)
            return .end(.error)
        }
        guard system.walk(path).canBeMade, Self.write([], to: path, in: &system) == .done else { return .end(.error) }
        seen = .file(nil)
        return .more(released: nil)
    }

    private func change(in system: inout MemoryFileSystem) -> ModelCall.Result {
        switch operation {
        case .remove(let path): Self.remove(path, directory: false, in: &system)
        case .removeTree(let path): Self.remove(path, directory: true, in: &system)
        case .makeDirectory(let path): Self.makeDirectory(path, in: &system)
        case .symlink(let path, let target): Self.symlink(path, target, in: &system)
        case .hardLink(let path, let target): Self.hardLink(path, target, in: &system)
        case .rename(let path, let target): Self.rename(path, target, in: &system)
        default: .error
        }
    }
}

extension ModelRun {
    typealias Path = MemoryFileSystem.Path

    private static func content(of path: Path, in system: MemoryFileSystem) -> [String]? {
        system.walk(path).inode.flatMap { system.file($0) }
    }

    private static func read(_ path: Path, in system: MemoryFileSystem) -> ModelCall.Result {
        let end = system.walk(path)
        if end.canBeMade { return .notFound(existing: end.existing) }
        return content(of: path, in: system).map { .content($0) } ?? .error
    }

    private static func list(_ path: Path, in system: MemoryFileSystem) -> ModelCall.Result {
        guard let inode = system.walk(path).inode, let children = system.directory(inode) else { return .error }
        return .names(
            children.mapValues {
                switch system[$0] {
                case .directory: "directory"
                case .file: "file"
                case .link: "link"
                }
            })
    }

    private static func search(_ path: Path, in system: MemoryFileSystem) -> ModelCall.Result {
        guard let inode = system.walk(path).inode, system.directory(inode) != nil else { return .error }
        return .tree(system.tree(inode))
    }

    private static func write(
        _ content: [String], to path: Path, in system: inout MemoryFileSystem
    ) -> ModelCall.Result {
        let end = system.walk(path)
        if let inode = end.inode {
            guard system.file(inode) != nil else { return .error }
            system.setContent(content, of: inode)
            return .done
        }
        guard end.problem == nil, let name = end.path.last, let parent = system.makeDirectories(end.parent) else {
            return .error
        }
        system.make(.file(content), name, in: parent)
        return .done
    }

    private static func makeDirectory(_ path: Path, in system: inout MemoryFileSystem) -> ModelCall.Result {
        let end = system.walk(path, followingLast: false)
        guard end.canBeMade else { return .error }
        return system.makeDirectories(end.path[...]) == nil ? .error : .done
    }

    private static func remove(
        _ path: Path, directory: Bool, in system: inout MemoryFileSystem
    ) -> ModelCall.Result {
        let end = system.walk(path, followingLast: false)
        guard let inode = end.inode, let name = end.path.last,
            (system.directory(inode) != nil) == directory,
            let parent = system.walk(Array(end.parent)).inode
        else { return .error }
        system.bind(name, to: nil, in: parent)
        return .done
    }

    /// Where a new entry can be bound: its parent is there, and its name is free.
    private static func freePlace(
        _ path: Path, in system: MemoryFileSystem
    ) -> (parent: MemoryFileSystem.Inode, name: MemoryFileSystem.Name, path: Path)? {
        let end = system.walk(path, followingLast: false)
        guard end.canBeMade, end.existing == end.path.count - 1, let name = end.path.last,
            let parent = system.walk(Array(end.parent)).inode
        else { return nil }
        return (parent, name, end.path)
    }

    private static func symlink(
        _ path: Path, _ target: Path, in system: inout MemoryFileSystem
    ) -> ModelCall.Result {
        guard let place = freePlace(path, in: system) else { return .error }
        system.make(.link(target), place.name, in: place.parent)
        return .done
    }

    private static func hardLink(
        _ path: Path, _ target: Path, in system: inout MemoryFileSystem
    ) -> ModelCall.Result {
        guard let place = freePlace(path, in: system), let inode = system.walk(target).inode,
            system.file(inode) != nil
        else { return .error }
        system.bind(place.name, to: inode, in: place.parent)
        return .done
    }

    private static func rename(
        _ path: Path, _ target: Path, in system: inout MemoryFileSystem
    ) -> ModelCall.Result {
        let end = system.walk(path, followingLast: false)
        guard let place = freePlace(target, in: system), let inode = end.inode, let name = end.path.last,
            !place.path.starts(with: end.path), let parent = system.walk(Array(end.parent)).inode
        else { return .error }
        system.bind(name, to: nil, in: parent)
        system.bind(place.name, to: inode, in: place.parent)
        return .done
    }
}
