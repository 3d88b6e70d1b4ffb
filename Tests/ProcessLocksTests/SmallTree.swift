import Calls

/// A tree of a few names, some of them directories, files or missing; the same for every host that looks at it.
enum SmallTree {
    private static let rootKey = Key("path", "/w")
    static let slash = directory(2), root = directory(3), a = directory(4)

    static func directory(_ inode: UInt64) -> Places.Directory {
        Places.Directory(device: 1, inode: inode, born: Int64(inode))
    }

    /// In /w, "a" is a directory, and so is "a/x" if `x` says so; nothing else is.
    static func places(x: Places.Directory?) -> Places {
        var places = Places()
        places.add(
            root: rootKey,
            [Places.Step(name: nil, directory: slash), Places.Step(name: Array("w".utf8), directory: root)])
        places.add(Places.Step(name: Array("a".utf8), directory: a), in: root)
        if let x { places.add(Places.Step(name: Array("x".utf8), directory: x), in: a) }
        return places
    }

    /// Every directory of the tree.
    static func directories(x: Places.Directory?) -> Set<Places.Directory> {
        Set([slash, root, a] + (x.map { [$0] } ?? []))
    }

    static func key(_ names: String...) -> Key {
        Key(components: rootKey.components + names.map { Array($0.utf8) })
    }

    static let keys: [Key] = [
        key(), key("a"), key("b"), key("a", "x"), key("a", "y"), key("a", "x", "q"), key("a", "x", "q", "r"),
        .named(kind: "k", "one"), .named(kind: "k", "two"), .kind("k"), .inode(device: 1, number: 9), .aliases,
    ]

    /// Nothing but a name or a content is ever made jointly.
    static let locks: [Lock] = keys.flatMap { key in
        Facet.allCases.flatMap { facet in
            LockMode.allCases.filter { $0 != .joint || facet == .binding || facet == .content }
                .map { Lock(key, facet, $0) }
        }
    }

    static let wideJointLocks: [Lock] = keys.flatMap { [Lock($0, .entries, .joint), Lock($0, .subtree, .joint)] }
}
