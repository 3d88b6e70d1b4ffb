/// What one look at the file system says of a path: the value that keys are made from. A walk is only as true as the
/// directories that it read stay unchanged; ``Locking`` decides whether they can.
package struct PathWalk: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case file, directory, symlink, other
    }

    package enum Problem: Sendable, Equatable {
        /// Leads out of every root.
        case escapes
        /// More symbolic links than `PathWalk.maximumLinks`.
        case loop
        /// A component that is used as a directory is not one. Not an error of the walk: the tool will say so.
        case notDirectory
        /// Cannot be a path: a NUL byte, an empty string, a component or a whole that is too long.
        case malformed(String)
        /// The system refused to look.
        case unreadable(String)
        /// The root does not allow what the demand needs (a root granted for reading, a protected place).
        case forbidden(String)
    }

    package static let maximumLinks = 40

    /// The key that the path denotes, symbolic links resolved; components that are missing are part of it.
    package var canonical: Key
    /// How many leading components of `canonical` exist.
    package var existing: Int
    /// What is there; nil when it is missing.
    package var kind: Kind?
    package var device: UInt64
    package var inode: UInt64
    package var links: Int
    /// Where each symbolic link that was followed lies.
    package var followed: [Key]
    /// A second name may lead here that the tree of keys does not show (a nested mount).
    package var mayHaveOtherNames: Bool
    /// A directory on the way that treats several spellings as one name; keys below it are as coarse as it is.
    package var folding: Key?
    package var problem: Problem?

    package init(
        canonical: Key, existing: Int, kind: Kind? = nil, device: UInt64 = 0, inode: UInt64 = 0, links: Int = 1,
        followed: [Key] = [], mayHaveOtherNames: Bool = false, folding: Key? = nil, problem: Problem? = nil
    ) {
        self.canonical = canonical
        self.existing = existing
        self.kind = kind
        self.device = device
        self.inode = inode
        self.links = links
        self.followed = followed
        self.mayHaveOtherNames = mayHaveOtherNames
        self.folding = folding
        self.problem = problem
    }
}

extension PathWalk {
    /// The ancestors that are missing, the outermost first.
    package var missingParents: [Key] {
        guard existing < canonical.components.count - 1 else { return [] }
        return (existing + 1..<canonical.components.count).map { canonical.prefix($0) }
    }

    /// Whether another name may lead here that the tree of keys does not show.
    package var isAliased: Bool { mayHaveOtherNames || kind == .file && links > 1 }

    /// Under which all names of the file meet.
    package var inodeKey: Key { .inode(device: device, number: inode) }
}
