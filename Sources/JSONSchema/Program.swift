import LinearRegex
import StrictJSON

/// A compiled schema: nodes that refer to each other by number, since schemas may refer to themselves.
final class Program: Sendable {
    typealias NodeID = Int

    let nodes: [Node]
    let root: NodeID
    /// For each resource, what its dynamic anchors name.
    let dynamicAnchors: [[ByteString: NodeID]]
    /// Whether evaluation must remember through which resources it came.
    let hasDynamicReferences: Bool

    init(nodes: [Node], root: NodeID, dynamicAnchors: [[ByteString: NodeID]], hasDynamicReferences: Bool) {
        self.nodes = nodes
        self.root = root
        self.dynamicAnchors = dynamicAnchors
        self.hasDynamicReferences = hasDynamicReferences
    }
}

/// One subschema.
final class Node: Sendable {
    /// As people read it: "#/properties/path".
    let location: String
    let resource: Int
    let rules: Rules

    init(location: String, resource: Int, rules: Rules) {
        self.location = location
        self.resource = resource
        self.rules = rules
    }
}

/// What a subschema asks of a value, sorted by the kind of value that each rule is for.
struct Rules: Sendable {
    typealias NodeID = Program.NodeID

    /// `false` as a schema.
    var refusesAll = false
    var types: TypeSet?
    var allowed: [AllowedValues] = []
    var numbers: [NumberRule] = []
    var strings: [StringRule] = []
    var array: ArrayRules?
    var object: ObjectRules?
    var applied: [Application] = []
    var unevaluatedItems: NodeID?
    var unevaluatedProperties: NodeID?

    /// `enum`, or `const` as an `enum` of one.
    struct AllowedValues: Sendable {
        var keyword: String
        var values: [JSON]
        var set: Set<CanonicalValue>
    }

    enum NumberRule: Sendable {
        case minimum(NumberBound), exclusiveMinimum(NumberBound)
        case maximum(NumberBound), exclusiveMaximum(NumberBound)
        case multipleOf(ExactNumber, literal: String)
    }

    enum StringRule: Sendable {
        /// In Unicode scalars.
        case minLength(Int), maxLength(Int)
        case pattern(LinearRegex, source: String)
    }

    struct ArrayRules: Sendable {
        var minItems: Int?
        var maxItems: Int?
        var areUnique = false
        var prefix: [NodeID] = []
        /// For the elements behind the prefix.
        var rest: NodeID?
        var restKeyword = "items"
        var contains: Contains?

        struct Contains: Sendable {
            var node: NodeID
            var minimum: Int
            var maximum: Int?
            /// 2020-12: what it matches counts as evaluated.
            var marks: Bool
        }
    }

    struct ObjectRules: Sendable {
        var minProperties: Int?
        var maxProperties: Int?
        var required: [String] = []
        var dependentRequired: [(trigger: String, required: [String], keyword: String)] = []
        var dependentSchemas: [(trigger: String, node: NodeID)] = []
        /// In the order of the schema, for messages.
        var names: [String] = []
        var properties: [ByteString: NodeID] = [:]
        var patterns: [(regex: LinearRegex, node: NodeID)] = []
        var additional: NodeID?
        var propertyNames: NodeID?
    }

    /// Subschemas that are applied to the value itself.
    enum Application: Sendable {
        case reference(NodeID)
        /// The static target, and the dynamic anchor that may replace it.
        case dynamicReference(NodeID, anchor: ByteString)
        case allOf([NodeID]), anyOf([NodeID]), oneOf([NodeID]), not(NodeID)
        case conditional(condition: NodeID, then: NodeID?, otherwise: NodeID?)

        var targets: [NodeID] {
            switch self {
            case .reference(let node), .not(let node): [node]
            // Where it leads is known only when it runs: evaluation has a limit of its own.
            case .dynamicReference: []
            case .allOf(let nodes), .anyOf(let nodes), .oneOf(let nodes): nodes
            case .conditional(let condition, let then, let otherwise):
                [condition] + [then, otherwise].compactMap { $0 }
            }
        }
    }

    /// Every subschema that is applied to the same value: a circle of these would never end.
    var inPlace: [NodeID] {
        applied.flatMap(\.targets) + (object?.dependentSchemas.map(\.node) ?? [])
    }

    /// Where it leads if it only refers to another.
    var onlyReference: NodeID? {
        guard applied.count == 1, case .reference(let target) = applied[0], !refusesAll, types == nil, allowed.isEmpty,
            numbers.isEmpty, strings.isEmpty, array == nil, object == nil, unevaluatedItems == nil,
            unevaluatedProperties == nil
        else { return nil }
        return target
    }
}

/// The types of JSON Schema.
struct TypeSet: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = TypeSet(rawValue: 1)
    static let boolean = TypeSet(rawValue: 2)
    static let integer = TypeSet(rawValue: 4)
    static let number = TypeSet(rawValue: 8)
    static let string = TypeSet(rawValue: 16)
    static let array = TypeSet(rawValue: 32)
    static let object = TypeSet(rawValue: 64)

    static let named: [(name: String, type: TypeSet)] = [
        ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .number), ("string", .string),
        ("array", .array), ("object", .object),
    ]

    func includes(_ value: JSON) -> Bool {
        switch value {
        case .null: contains(.null)
        case .bool: contains(.boolean)
        case .string: contains(.string)
        case .array: contains(.array)
        case .object: contains(.object)
        case .number(let number):
            contains(.number)
                || contains(.integer) && (Int(number.literal) != nil || ExactNumber(number.literal).isInteger)
        }
    }
}
