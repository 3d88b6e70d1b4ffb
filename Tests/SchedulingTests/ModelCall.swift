import Calls
import Locking
import Scheduling

/// A call of the model: what it does to the file system, and what it claims for that.
struct ModelCall {
    typealias Path = MemoryFileSystem.Path

    enum Operation {
        case read(Path), list(Path), search(Path)
        /// Makes the file and its parents if they are missing.
        case write(Path), append(Path)
        /// Only what is there already.
        case edit(Path)
        case remove(Path), removeTree(Path)
        case makeDirectory(Path)
        case symlink(Path, to: Path), hardLink(Path, to: Path)
        case rename(Path, to: Path)
        /// Reads one file and writes another; the claim on the first is given back in between.
        case copy(Path, to: Path)
        /// Appends to every file below.
        case format(Path)
        /// Nobody said what it needs: everything.
        indirect case undeclared(Operation)
    }

    /// What a call gave back.
    enum Result: Equatable {
        case error, done
        /// A tool can say how far the path leads.
        case notFound(existing: Int)
        case content([String])
        case names([MemoryFileSystem.Name: String])
        case tree(MemoryFileSystem.Tree)
    }

    var operation: Operation
    /// What it writes.
    var text: String
    /// The tool fails, and nothing of what it claimed comes of it.
    var givesUp: Bool
}

// MARK: - What it claims

extension ModelCall {
    var demands: [Demand] {
        switch operation {
        case .read(let path): [demand(path, .shared, .exact)]
        case .list(let path): [demand(path, .shared, .entries)]
        case .search(let path): [demand(path, .shared, .subtree)]
        case .write(let path), .append(let path): [demand(path, .exclusive, .exact, .createsFile)]
        case .edit(let path): [demand(path, .exclusive, .exact)]
        case .remove(let path): [demand(path, .exclusive, .exact, [.removes, .entry])]
        case .removeTree(let path): [demand(path, .exclusive, .subtree, [.removes, .entry])]
        case .makeDirectory(let path): [demand(path, .exclusive, .exact, [.createsDirectory, .entry])]
        case .symlink(let path, _): [demand(path, .exclusive, .exact, [.creates, .entry])]
        case .hardLink(let path, let target):
            [demand(path, .exclusive, .exact, [.creates, .entry]), demand(target, .exclusive, .exact)]
        case .rename(let path, let target):
            [
                demand(path, .exclusive, .subtree, [.removes, .entry]),
                demand(target, .exclusive, .subtree, [.receives, .entry]),
            ]
        case .copy(let path, let target):
            [
                demand(path, .shared, .exact, claim: 0, isReleasable: true),
                demand(target, .exclusive, .exact, .createsFile, claim: 1),
            ]
        case .format(let path): [demand(path, .exclusive, .subtree)]
        case .undeclared: [Demand(.path(PathDemand(path: nil, mode: .exclusive, scope: .subtree)))]
        }
    }

    private func demand(
        _ path: Path, _ mode: Mode, _ scope: Scope, _ effects: Effects = [], claim: Int? = nil,
        isReleasable: Bool = false
    ) -> Demand {
        Demand(
            .path(PathDemand(path: path.bytes, mode: mode, scope: scope, effects: effects)), claim: claim,
            isReleasable: isReleasable)
    }

    /// The paths to walk, in the order of the demands.
    var pathDemands: [PathDemand] { demands.pathsToWalk }
}

extension [Demand] {
    var pathsToWalk: [PathDemand] {
        compactMap {
            if case .path(let path) = $0.resource, path.path != nil { path } else { nil }
        }
    }
}

extension MemoryFileSystem.Path {
    init(bytes: [UInt8]) {
        self = String(decoding: bytes, as: UTF8.self).split(separator: "/").map(String.init)
    }

    var bytes: [UInt8] { [UInt8](joined(separator: "/").utf8) }
}
