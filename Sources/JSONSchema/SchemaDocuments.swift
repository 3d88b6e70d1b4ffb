import StrictJSON

/// The documents that one schema is made of, and what in them is a schema, under which URI and in which dialect.
struct SchemaDocuments {
    struct Location: Hashable {
        var document: Int
        var pointer: ByteString
    }

    struct Subschema {
        var location: Location
        var value: JSON
        var base: SchemaURI
        var resource: Int
        var dialect: SchemaDialect
        var depth: Int
    }

    /// A schema with a URI of its own, and the subschemas that share it.
    struct Resource {
        var root: Location
        var dynamicAnchors: [ByteString: Location] = [:]
    }

    private(set) var resources: [Resource] = []
    /// In the order in which they were found, so that the first failure is always the same one.
    private(set) var found: [Location] = []
    private var documents: [(label: String, root: JSON)] = []
    private var subschemas: [Location: Subschema] = [:]
    private var resourceOfURI: [String: Int] = [:]
    private var anchors: [ByteString: Location] = [:]

    init(_ root: JSON) throws(SchemaFailure) {
        try add(root, label: "", uri: SchemaURI())
    }

    subscript(location: Location) -> Subschema? { subschemas[location] }

    /// As people read it: "#/properties/path".
    func describe(_ location: Location) -> String {
        documents[location.document].label + "#" + location.pointer.text
    }

    private mutating func add(_ root: JSON, label: String, uri: SchemaURI) throws(SchemaFailure) {
        guard root.object != nil || root.bool != nil else {
            throw SchemaFailure(location: label + "#", reason: "a schema is an object or a boolean")
        }
        documents.append((label, root))
        let location = Location(document: documents.count - 1, pointer: ByteString(""))
        let resource = addResource(uri.document, at: location)
        let dialect = try SchemaDialect.declared(by: root, at: label + "#") ?? .draft2020
        try scan(
            Subschema(location: location, value: root, base: uri, resource: resource, dialect: dialect, depth: 0))
    }

    @discardableResult
    private mutating func addResource(_ uri: String, at location: Location) -> Int {
        resources.append(Resource(root: location))
        resourceOfURI[uri] = resources.count - 1
        return resources.count - 1
    }
}

// MARK: - Finding what is a schema

extension SchemaDocuments {
    /// Notes a subschema and all below it. A list of work, not a recursion: the depth is the author's choice.
    private mutating func scan(_ first: Subschema) throws(SchemaFailure) {
        var waiting = [first]
        while var subschema = waiting.popLast() {
            guard subschemas[subschema.location] == nil else { continue }
            guard subschema.depth <= SchemaLimits.schemaDepth else {
                throw failure(subschema, "subschemas are nested deeper than \(SchemaLimits.schemaDepth) levels")
            }
            guard found.count < SchemaLimits.subschemas else {
                throw failure(subschema, "there are more than \(SchemaLimits.subschemas) subschemas")
            }
            if let object = subschema.value.object { try identify(&subschema, object) }
            subschemas[subschema.location] = subschema
            found.append(subschema.location)
            waiting += children(of: subschema).reversed()
        }
    }

    private func failure(_ subschema: Subschema, _ reason: String) -> SchemaFailure {
        SchemaFailure(location: describe(subschema.location), reason: reason)
    }

    /// `$id`, `$schema` and the anchors.
    private mutating func identify(_ subschema: inout Subschema, _ object: JSONObject) throws(SchemaFailure) {
        guard !subschema.dialect.isPlainReference(object) else { return }
        if let id = object["$id"] {
            guard let id = id.string else { throw failure(subschema, "$id must be a string") }
            if let dialect = try SchemaDialect.declared(by: subschema.value, at: describe(subschema.location)) {
                subschema.dialect = dialect
            }
            try rename(&subschema, SchemaURI(id))
        }
        guard subschema.dialect == .draft2020 else { return }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            guard let value = object[keyword] else { continue }
            guard let name = value.string, Self.isAnchor(name) else {
                throw failure(
                    subschema, "\(keyword) must be a name: a letter or '_', then letters, digits, '-', '_', '.'")
            }
            try addAnchor(name, subschema)
            if keyword == "$dynamicAnchor" {
                resources[subschema.resource].dynamicAnchors[ByteString(name)] = subschema.location
            }
        }
    }

    private mutating func rename(_ subschema: inout Subschema, _ id: SchemaURI) throws(SchemaFailure) {
        let anchor = id.fragment.flatMap { $0.isEmpty ? nil : $0 }
        guard anchor == nil || subschema.dialect == .draft7 else {
            throw failure(subschema, "$id must have no fragment: $anchor gives a subschema a name")
        }
        // Draft 7: an $id that is only a fragment names a place in the same resource.
        if !id.document.isEmpty {
            var base = id.resolved(against: subschema.base)
            base.fragment = nil
            if let known = resourceOfURI[base.document], resources[known].root != subschema.location,
                let other = subschemas[resources[known].root], other.value != subschema.value
            {
                throw failure(subschema, "two subschemas have the $id \(quoted(base.document))")
            }
            subschema.base = base
            if resources[subschema.resource].root == subschema.location {
                resourceOfURI[base.document] = subschema.resource
            } else {
                subschema.resource = addResource(base.document, at: subschema.location)
            }
        }
        if let anchor { try addAnchor(anchor, subschema) }
    }

    private mutating func addAnchor(_ name: String, _ subschema: Subschema) throws(SchemaFailure) {
        let key = ByteString(subschema.base.document + "#" + name)
        if let known = anchors[key], known != subschema.location, let other = subschemas[known],
            other.value != subschema.value
        {
            throw failure(subschema, "two subschemas have the anchor \(quoted(name))")
        }
        anchors[key] = subschema.location
    }

    private static func isAnchor(_ name: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "_") }
        guard let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.allSatisfy { byte in
            isLetter(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
    }

    private func children(of parent: Subschema) -> [Subschema] {
        guard let object = parent.value.object else { return [] }
        let isReference = parent.dialect.isPlainReference(object)
        var children: [Subschema] = []
        func add(_ value: JSON, _ pointer: String) {
            let location = Location(document: parent.location.document, pointer: ByteString(pointer))
            var child = parent
            (child.location, child.value, child.depth) = (location, value, parent.depth + 1)
            if value.object != nil || value.bool != nil { children.append(child) }
        }
        for (keyword, shape) in parent.dialect.subschemas where !isReference || keyword == "definitions" {
            guard let value = object[keyword] else { continue }
            let pointer = parent.location.pointer.text.appendingPointer(keyword)
            switch (shape, value) {
            case (.one, _), (.oneOrList, .object), (.oneOrList, .bool): add(value, pointer)
            case (.list, .array(let elements)), (.oneOrList, .array(let elements)):
                for (place, element) in elements.enumerated() { add(element, pointer.appendingPointer("\(place)")) }
            case (.members, .object(let members)), (.someMembers, .object(let members)):
                for (name, member) in members.members { add(member, pointer.appendingPointer(name)) }
            default: break  // Not the shape that the keyword must have: compiling it says so.
            }
        }
        return children
    }
}

// MARK: - Following references

extension SchemaDocuments {
    struct Target {
        var subschema: Subschema
        /// The plain name in the reference's fragment; nil for a pointer and for a whole document.
        var anchor: String?
    }

    mutating func resolve(_ reference: String, from origin: Subschema) throws(SchemaFailure) -> Target {
        let uri = SchemaURI(reference).resolved(against: origin.base)
        guard let resource = try resource(uri.document) else {
            throw failure(
                origin,
                "refers to another document, \(quoted(reference)); nothing is fetched: put it into this schema, below"
                    + " \(origin.dialect == .draft7 ? "definitions" : "$defs") with an $id")
        }
        guard let fragment = uri.decodedFragment else {
            throw failure(origin, "the fragment of the reference \(quoted(reference)) is not UTF-8")
        }
        let root = resources[resource].root
        if fragment.isEmpty || fragment.utf8.first == UInt8(ascii: "/") {
            guard let subschema = try descend(from: root, fragment) else {
                throw failure(origin, "the reference \(quoted(reference)) leads to nothing that is a schema")
            }
            return Target(subschema: subschema)
        }
        // A root under its $id and under the URI that it was loaded by is one resource; anchors go by its base.
        let base = subschemas[root]?.base.document ?? uri.document
        guard let location = anchors[ByteString(base + "#" + fragment)], let subschema = subschemas[location] else {
            throw failure(origin, "the reference \(quoted(reference)) leads to an anchor that does not exist")
        }
        return Target(subschema: subschema, anchor: fragment)
    }

    private mutating func resource(_ uri: String) throws(SchemaFailure) -> Int? {
        if let known = resourceOfURI[uri] { return known }
        guard let document = try Metaschemas.document(uri) else { return nil }
        try add(document, label: uri, uri: SchemaURI(uri))
        return resourceOfURI[uri]
    }

    /// Follows a JSON Pointer. It may lead to a place where no keyword expects a schema; what is there is taken as one.
    private mutating func descend(from root: Location, _ pointer: String) throws(SchemaFailure) -> Subschema? {
        guard var nearest = subschemas[root], let path = try? JSONPointer(pointer) else { return nil }
        var (value, location) = (nearest.value, root)
        // JSONPointer reads "[]" as "each element"; here it is a name like any other.
        for segment in path.segments {
            let name = if case .name(let name) = segment { name } else { "[]" }
            guard let next = Self.member(name, of: value) else { return nil }
            value = next
            location.pointer = ByteString(location.pointer.text.appendingPointer(name))
            if let known = subschemas[location] { nearest = known }
        }
        guard nearest.location != location else { return nearest }
        guard value.object != nil || value.bool != nil else { return nil }
        (nearest.location, nearest.value, nearest.depth) = (location, value, nearest.depth + 1)
        try scan(nearest)
        return subschemas[location]
    }

    private static func member(_ name: String, of value: JSON) -> JSON? {
        switch value {
        case .object(let object): return object[name]
        case .array(let elements):
            guard let place = Int(name), "\(place)" == name, elements.indices.contains(place) else { return nil }
            return elements[place]
        default: return nil
        }
    }
}
