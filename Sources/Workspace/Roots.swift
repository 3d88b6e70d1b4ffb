import Calls
import System

/// A directory that calls may name paths in.
package struct Root: Sendable {
    package let name: String
    /// The real path, in components: no symbolic link is on it.
    package let path: [[UInt8]]
    /// Where the root is in the tree of keys. A root inside another continues that one's components, so that both meet.
    package let key: Key
    package let isWritable: Bool
    let directory: Descriptor
    let status: EntryStatus
}

/// The roots, opened once: what they denote does not change while the host runs, whatever becomes of their names.
package struct Roots: Sendable {
    package struct Specification: Sendable {
        package var name: String
        /// Absolute. Symbolic links on it are followed.
        package var path: String
        package var isWritable: Bool

        package init(name: String, path: String, isWritable: Bool) {
            self.name = name
            self.path = path
            self.isWritable = isWritable
        }
    }

    package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// The workspace first. Two spellings of one directory are one root.
    package let all: [Root]
    /// How the operator wrote each root, for absolute paths that go through a link above the root.
    private let spellings: [(given: [[UInt8]], real: [[UInt8]])]

    package var workspace: Root { all[0] }

    package init(
        workspace: String, others: [Specification] = [], kernel: Kernel = Kernel()
    ) throws(Failure) {
        let specifications = [Specification(name: "workspace", path: workspace, isWritable: true)] + others
        var opened: [Opened] = []
        var spellings: [(given: [[UInt8]], real: [[UInt8]])] = []
        for specification in specifications {
            let root = try Opened(specification, kernel)
            spellings.append((PathBytes.components(of: Array(specification.path.utf8)), root.path))
            guard let twin = opened.first(where: { $0.path == root.path }) else {
                opened.append(root)
                continue
            }
            if twin.specification.isWritable != specification.isWritable {
                throw Failure(
                    description: """
                        the roots "\(twin.specification.name)" and "\(specification.name)" are the same directory, \
                        \(twin.specification.path), once for writing and once not: keep one of them
                        """)
            }
        }
        self.spellings = spellings.filter { $0.given != $0.real }
        all = opened.map { root in
            // The outermost root around it, or itself.
            let outer =
                opened.map(\.path).filter { root.path.starts(with: $0) }.min { $0.count < $1.count } ?? root.path
            let base = Key.paths.appending([PathBytes.slash] + PathBytes.joined(outer))
            return Root(
                name: root.specification.name, path: root.path,
                key: Key(components: base.components + root.path.dropFirst(outer.count)),
                isWritable: root.specification.isWritable, directory: root.directory, status: root.status)
        }
    }

    /// The innermost root that a key is in.
    package func root(of key: Key) -> Root? {
        all.filter { key.isInside($0.key) }.max { $0.key.components.count < $1.key.components.count }
    }

    /// The innermost root that a real absolute path is in.
    func root(at path: [[UInt8]]) -> Root? {
        all.filter { path.starts(with: $0.path) }.max { $0.path.count < $1.path.count }
    }

    /// The root that is exactly there.
    func root(exactlyAt key: Key) -> Root? {
        all.first { $0.key == key }
    }

    /// The root, not inside another one, with exactly this real path.
    func outermost(exactlyAt path: [[UInt8]]) -> Root? {
        all.first { $0.path == path && $0.key.components.count == Key.paths.components.count + 1 }
    }

    /// An absolute path that begins as the operator spelled a root, with that root's real path put in.
    func respelled(_ path: [[UInt8]]) -> [[UInt8]] {
        guard
            let (given, real) = spellings.filter({ path.starts(with: $0.given) }).max(by: {
                $0.given.count < $1.given.count
            })
        else { return path }
        return real + path.dropFirst(given.count)
    }

    /// For people: an absolute path as a process said it, relative to the workspace where it is inside.
    package func name(ofNative text: String) -> String {
        let beginning = PathBytes.absolute(workspace.path + (workspace.path.isEmpty ? [] : [[]]))
        guard text.utf8.starts(with: beginning) else { return text }
        return String(decoding: text.utf8.dropFirst(beginning.count), as: UTF8.self)
    }

    /// For people.
    package var names: PathNames { PathNames(workspace: workspace.key) }
}

/// A root before its place among the others is known.
private struct Opened {
    var specification: Roots.Specification
    var path: [[UInt8]]
    var directory: Descriptor
    var status: EntryStatus

    init(_ specification: Roots.Specification, _ kernel: Kernel) throws(Roots.Failure) {
        guard specification.path.utf8.first == PathBytes.slash else {
            throw Roots.Failure(
                description: "the root \"\(specification.name)\" is not an absolute path: \"\(specification.path)\"")
        }
        do {
            directory = try kernel.open(trusted: Array(specification.path.utf8), .directoryHandle)
            path = PathBytes.components(of: try kernel.realPath(of: directory))
            status = try kernel.status(of: directory)
        } catch {
            throw Roots.Failure(
                description: "the root \"\(specification.name)\" cannot be opened: \(specification.path): \(error)")
        }
        self.specification = specification
    }
}
