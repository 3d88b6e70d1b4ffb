import Calls

/// The tree of keys that somebody has a lock on, or passes through. Nodes are numbered, and go when nobody needs them, so
/// that memory follows the calls that are in the table.
struct KeyTree {
    static let root: ID = 0

    struct Node {
        var parent: ID
        var name: [UInt8]
        /// Children, and queues that are in use.
        var users: Int32 = 0
        /// The queue of each facet.
        var queues: InlineArray<4, ID> = .init(repeating: .absent)
    }

    private struct Place: Hashable {
        var parent: ID
        var name: [UInt8]

        /// Eight bytes at a time: an array hashes each byte for itself, and that is half the work of a call with many claims.
        func hash(into hasher: inout Hasher) {
            hasher.combine(UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(truncatingIfNeeded: name.count))
            var word: UInt64 = 0
            for place in name.indices {
                word = word << 8 | UInt64(name[place])
                if place & 7 == 7 {
                    hasher.combine(word)
                    word = 0
                }
            }
            if name.count & 7 != 0 { hasher.combine(word) }
        }
    }

    private(set) var nodes = Slab([Node(parent: .absent, name: [])])
    private var children: [Place: ID] = [:]

    var count: Int { children.count }

    /// The node of `name` below `parent`, made if there is none.
    mutating func intern(_ name: [UInt8], below parent: ID) -> ID {
        let place = Place(parent: parent, name: name)
        if let node = children[place] { return node }
        let id = nodes.insert(Node(parent: parent, name: name))
        children[place] = id
        nodes[parent].users += 1
        return id
    }

    func find(_ name: [UInt8], below parent: ID) -> ID? {
        children[Place(parent: parent, name: name)]
    }

    func queue(_ facet: Facet, of node: ID) -> ID {
        nodes[node].queues[Int(facet.rawValue)]
    }

    mutating func attach(_ queue: ID, _ facet: Facet, to node: ID) {
        nodes[node].queues[Int(facet.rawValue)] = queue
        nodes[node].users += 1
    }

    /// Takes a queue off its node, and removes the node, and those above it, if nobody uses them any more.
    mutating func detach(_ facet: Facet, from node: ID) {
        nodes[node].queues[Int(facet.rawValue)] = .absent
        var id = node
        while id != KeyTree.root {
            nodes[id].users -= 1
            guard nodes[id].users == 0 else { return }
            let parent = nodes[id].parent
            children[Place(parent: parent, name: nodes[id].name)] = nil
            nodes.remove(id)
            id = parent
        }
        nodes[KeyTree.root].users -= 1
    }

    func key(of node: ID) -> Key {
        var components: [[UInt8]] = []
        var id = node
        while id != KeyTree.root {
            components.append(nodes[id].name)
            id = nodes[id].parent
        }
        return Key(components: components.reversed())
    }
}
