import StrictJSON

/// Makes a program of a schema: every subschema becomes a node, every reference the number of its target. Works through
/// a list, so that neither nesting nor chains of references are nested calls here.
struct SchemaCompiler {
    typealias NodeID = Program.NodeID

    private var documents: SchemaDocuments
    private var ids: [SchemaDocuments.Location: NodeID] = [:]
    private var rules: [Rules] = []
    private var subschemas: [SchemaDocuments.Subschema] = []
    private var hasDynamicReferences = false

    /// The subschema that is being compiled.
    private(set) var current: SchemaDocuments.Subschema

    static func compile(_ json: JSON) throws(SchemaFailure) -> Program {
        let documents = try SchemaDocuments(json)
        guard let first = documents.found.first, let root = documents[first] else {
            throw SchemaFailure(location: "#", reason: "a schema is an object or a boolean")
        }
        var compiler = SchemaCompiler(documents: documents, current: root)
        return try compiler.run(from: root)
    }

    private init(documents: SchemaDocuments, current: SchemaDocuments.Subschema) {
        self.documents = documents
        self.current = current
    }

    private mutating func run(from root: SchemaDocuments.Subschema) throws(SchemaFailure) -> Program {
        let rootID = id(of: root)
        // Also what nothing refers to: a schema with a mistake in it is refused, wherever the mistake is.
        for location in documents.found { if let subschema = documents[location] { _ = id(of: subschema) } }
        var next = 0
        while next < subschemas.count {
            current = subschemas[next]
            rules[next] = try compileCurrent()
            next += 1
            if next == subschemas.count { enlistDynamicAnchors() }
        }
        if let loop = ReferenceLoops.first(in: rules) {
            let names = loop.map { documents.describe(subschemas[$0].location) }
            throw SchemaFailure(
                location: names[0],
                reason: "applies itself to the same value for ever: \(names.prefix(8).joined(separator: " → "))")
        }
        return program(rootID)
    }

    /// Compiling may load documents, and each brings dynamic anchors that evaluation can reach.
    private mutating func enlistDynamicAnchors() {
        for resource in documents.resources {
            for location in resource.dynamicAnchors.values {
                if let subschema = documents[location] { _ = id(of: subschema) }
            }
        }
    }

    private func program(_ root: NodeID) -> Program {
        let targets = ReferenceLoops.shortcuts(in: rules, resources: subschemas.map(\.resource))
        let nodes = rules.indices.map { id in
            Node(
                location: documents.describe(subschemas[id].location), resource: subschemas[id].resource,
                rules: rules[id].retargeted { targets[$0] })
        }
        let anchors = documents.resources.map { $0.dynamicAnchors.compactMapValues { ids[$0] } }
        return Program(
            nodes: nodes, root: targets[root], dynamicAnchors: anchors, hasDynamicReferences: hasDynamicReferences)
    }

    private mutating func id(of subschema: SchemaDocuments.Subschema) -> NodeID {
        if let known = ids[subschema.location] { return known }
        ids[subschema.location] = subschemas.count
        subschemas.append(subschema)
        rules.append(Rules())
        return subschemas.count - 1
    }
}

// MARK: - What the keywords use

extension SchemaCompiler {
    func failure(_ keyword: String, _ reason: String) -> SchemaFailure {
        SchemaFailure(location: documents.describe(current.location).appendingPointer(keyword), reason: reason)
    }

    /// The subschema below the current one at a path of keywords, names and places.
    mutating func child(_ path: String...) throws(SchemaFailure) -> NodeID {
        var location = current.location
        for segment in path { location.pointer = ByteString(location.pointer.text.appendingPointer(segment)) }
        guard let subschema = documents[location] else {
            throw SchemaFailure(location: documents.describe(location), reason: "a schema is an object or a boolean")
        }
        return id(of: subschema)
    }

    mutating func reference(_ keyword: String, _ value: JSON) throws(SchemaFailure) -> NodeID {
        try target(keyword, value).node
    }

    mutating func dynamicReference(_ value: JSON) throws(SchemaFailure) -> Rules.Application {
        let (node, target) = try target("$dynamicRef", value)
        guard let anchor = target.anchor.map({ ByteString($0) }),
            documents.resources[target.subschema.resource].dynamicAnchors[anchor] == target.subschema.location
        else { return .reference(node) }
        hasDynamicReferences = true
        return .dynamicReference(node, anchor: anchor)
    }

    private mutating func target(
        _ keyword: String, _ value: JSON
    ) throws(SchemaFailure) -> (node: NodeID, target: SchemaDocuments.Target) {
        guard let reference = value.string else { throw failure(keyword, "must be a string") }
        let target = try documents.resolve(reference, from: current)
        return (id(of: target.subschema), target)
    }
}
