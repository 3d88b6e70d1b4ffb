import Calls

/// The tree of keys that somebody has a lock on, or passes through. Nodes are numbered, and go when nobody needs them, so
/// that memory follows the calls that are in the table.
struct KeyTree {
    typealias NodeID = Int32
    static let root: NodeID = 0
    static let none: Int32 = -1

    struct Node {
        var parent: NodeID
        var name: [UInt8]
        /// Children, and queues that are in use.
        var users: Int32 = 0
        /// The queue of each facet.
        var queues: InlineArray<4, Int32> = .init(repeating: KeyTree.none)
    }

    private struct Place: Hashable {
        var parent: NodeID
        var name: [UInt8]
    }

    private(set) var nodes: [Node] = [Node(parent: KeyTree.none, name: [])]
    private var free: [NodeID] = []
    private var children: [Place: NodeID] = [:]

    var count: Int { children.count }

    /// The node of `name` below `parent`, made if there is none.
    mutating func intern(_ name: [UInt8], below parent: NodeID) -> NodeID {
        let place = Place(parent: parent, name: name)
        if let node = children[place] { return node }
        let id: NodeID
        if let reused = free.popLast() {
            id = reused
            nodes[Int(id)] = Node(parent: parent, name: name)
        } else {
            id = NodeID(nodes.count)
            nodes.append(Node(parent: parent, name: name))
        }
        children[place] = id
        nodes[Int(parent)].users += 1
        return id
    }

    func find(_ name: [UInt8], below parent: NodeID) -> NodeID? {
        children[Place(parent: parent, name: name)]
    }

    func queue(_ facet: Facet, of node: NodeID) -> Int32 {
        nodes[Int(node)].queues[Int(facet.rawValue)]
    }

    mutating func attach(_ queue: Int32, _ facet: Facet, to node: NodeID) {
        nodes[Int(node)].queues[Int(facet.rawValue)] = queue
        nodes[Int(node)].users += 1
    }

    /// Takes a queue off its node, and removes the node, and those above it, if nobody uses them any more.
    mutating func detach(_ facet: Facet, from node: NodeID) {
        nodes[Int(node)].queues[Int(facet.rawValue)] = KeyTree.none
        var id = node
        while id != KeyTree.root {
            nodes[Int(id)].users -= 1
            guard nodes[Int(id)].users == 0 else { return }
            let parent = nodes[Int(id)].parent
            children[Place(parent: parent, name: nodes[Int(id)].name)] = nil
            free.append(id)
            id = parent
        }
        nodes[Int(KeyTree.root)].users -= 1
    }

    func key(of node: NodeID) -> Key {
        var components: [[UInt8]] = []
        var id = node
        while id != KeyTree.root {
            components.append(nodes[Int(id)].name)
            id = nodes[Int(id)].parent
        }
        return Key(components: components.reversed())
    }
}
