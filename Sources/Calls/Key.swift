/// The canonical identity of a resource: a place in one tree. Components are bytes: Swift's `String ==` would merge names
/// that the file system keeps apart.
///
/// A path's key starts with its root (roots inside other roots continue the outer one's components), so that overlap of
/// scopes is ancestry in the tree. Named keys, inodes and the host's own keys live under roots of their own.
package struct Key: Hashable, Sendable {
    package var components: [[UInt8]]

    package init(components: [[UInt8]]) {
        self.components = components
    }

    package init(_ components: String...) {
        self.components = components.map { Array($0.utf8) }
    }

    /// Everything that is a path, in every root.
    package static let paths = Key("path")
    /// Taken by whatever may meet a file under a second name: several links, a nested mount.
    package static let aliases = Key("aliases")

    package static func inode(device: UInt64, number: UInt64) -> Key { Key("inode", "\(device):\(number)") }
    package static func named(kind: String, _ key: String) -> Key { Key("key", kind, key) }
    package static func kind(_ kind: String) -> Key { Key("key", kind) }
    /// A key that the host adds for its own order: of no meaning to another host.
    package static func host(_ kind: String, _ key: String) -> Key { Key("host", kind, key) }

    package var isPath: Bool { isOf("path") }
    package var isInode: Bool { isOf("inode") }
    /// Whether it is this host's alone.
    package var isHosts: Bool { isOf("host") }

    private func isOf(_ root: String) -> Bool { components.first.map { $0.elementsEqual(root.utf8) } ?? false }

    package func appending(_ component: [UInt8]) -> Key {
        Key(components: components + [component])
    }

    package var parent: Key { Key(components: Array(components.dropLast())) }

    package func prefix(_ length: Int) -> Key {
        Key(components: Array(components.prefix(length)))
    }

    /// Whether `self` is `ancestor` or below it.
    package func isInside(_ ancestor: Key) -> Bool {
        components.starts(with: ancestor.components)
    }
}

extension Key: CustomStringConvertible {
    /// For people and for tests; bytes that are not UTF-8 are shown as replacement characters.
    package var description: String {
        components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }
}
