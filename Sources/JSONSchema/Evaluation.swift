import StrictJSON

/// One pass of a value through a program. A pass that only decides stops at the first rule that fails; a pass that
/// collects goes on, and says what is wrong.
struct Evaluation {
    typealias NodeID = Program.NodeID

    /// Why a pass was given up; its answer then means nothing.
    enum Halt {
        case tooDeep, tooLong

        var violation: Violation {
            let message =
                switch self {
                case .tooDeep: "nested too deep to be checked (\(SchemaLimits.evaluationDepth) subschemas)"
                case .tooLong: "too large to be checked (\(SchemaLimits.steps) steps)"
                }
            return Violation(instance: "", schema: "#", message: message)
        }
    }

    let program: Program
    var collects: Bool
    var violations: [Violation] = []
    private(set) var halted: Halt?

    /// From the value's root to the part that is looked at; only kept while collecting.
    private var path: [PathSegment] = []
    /// The resources through which evaluation came, outermost first; only kept if there are dynamic references.
    private var scope: [Int] = []
    private var depth = 0
    private var steps = 0

    private enum PathSegment {
        case name(String), place(Int)
    }

    init(_ program: Program, collects: Bool) {
        self.program = program
        self.collects = collects
    }

    mutating func run(_ value: JSON) -> Bool {
        var marks: Marks?
        return accepts(program.root, value, &marks)
    }

    /// Whether the value fits the node. `marks`, if somebody asks for them, gets what the node has evaluated; after a
    /// failure it holds rubbish.
    mutating func accepts(_ id: NodeID, _ value: JSON, _ marks: inout Marks?) -> Bool {
        guard mayGoOn() else { return false }
        depth += 1
        defer { depth -= 1 }
        let node = program.nodes[id]
        guard program.hasDynamicReferences, scope.last != node.resource else { return obeys(node, value, &marks) }
        scope.append(node.resource)
        defer { scope.removeLast() }
        return obeys(node, value, &marks)
    }

    private mutating func mayGoOn() -> Bool {
        if halted != nil { return false }
        charge(1)
        if depth >= SchemaLimits.evaluationDepth { halted = .tooDeep }
        return halted == nil
    }

    /// For what is done beside the evaluations. Once there were too many steps nothing is worth doing any more.
    mutating func charge(_ more: Int) {
        steps += more
        if steps > SchemaLimits.steps { halted = .tooLong }
    }

    /// For looking a value through; of one that is too large not more than shows that.
    mutating func charge(_ value: JSON) {
        charge(value.weight(atMost: SchemaLimits.steps - steps + 1))
    }

    private mutating func obeys(_ node: Node, _ value: JSON, _ marks: inout Marks?) -> Bool {
        if node.rules.refusesAll { return fail(node, "", Wording.nothingAllowed) }
        guard node.rules.unevaluatedItems != nil || node.rules.unevaluatedProperties != nil else {
            return obeysEvaluated(node, value, &marks)
        }
        var own: Marks? = Marks(value)
        charge(own.cost)
        var isValid = obeysEvaluated(node, value, &own)
        if isValid || collects { isValid = obeysUnevaluated(node, value, &own) && isValid }
        marks?.merge(own)
        return isValid
    }

    /// Everything but the `unevaluated…` keywords.
    private mutating func obeysEvaluated(_ node: Node, _ value: JSON, _ marks: inout Marks?) -> Bool {
        var isValid = obeysAssertions(node, value)
        if !isValid, !collects { return false }
        switch value {
        case .array(let elements):
            if let rules = node.rules.array { isValid = obeys(rules, node, elements, &marks) && isValid }
        case .object(let object):
            if let rules = node.rules.object { isValid = obeys(rules, node, object, value, &marks) && isValid }
        default: break
        }
        for application in node.rules.applied {
            if !isValid, !collects { return false }
            isValid = obeys(application, node, value, &marks) && isValid
        }
        return isValid
    }

    /// Of the dynamic anchors with this name, the outermost that evaluation came through; else the static target.
    func target(of node: NodeID, anchor: ByteString) -> NodeID {
        for resource in scope { if let found = program.dynamicAnchors[resource][anchor] { return found } }
        return node
    }
}

// MARK: - Going down, and reporting

extension Evaluation {
    /// The value of a member or an element. What it evaluates is its own affair.
    mutating func accepts(_ id: NodeID, member name: String, _ value: JSON) -> Bool {
        if collects { path.append(.name(name)) }
        defer { if collects { path.removeLast() } }
        var marks: Marks?
        return accepts(id, value, &marks)
    }

    mutating func accepts(_ id: NodeID, element place: Int, _ value: JSON) -> Bool {
        if collects { path.append(.place(place)) }
        defer { if collects { path.removeLast() } }
        var marks: Marks?
        return accepts(id, value, &marks)
    }

    /// Only decides, also in a pass that collects.
    mutating func decides<T>(_ body: (inout Evaluation) -> T) -> T {
        let collected = collects
        collects = false
        defer { collects = collected }
        return body(&self)
    }

    /// What `body` would report, without reporting it.
    mutating func collected(_ body: (inout Evaluation) -> Void) -> [Violation] {
        let before = violations
        violations = []
        defer { violations = before }
        body(&self)
        return violations
    }

    /// Whether what is found now is told.
    var tells: Bool { collects && halted == nil && violations.count < SchemaLimits.violations }

    /// Always false. The message is made only if somebody reads it. An empty keyword: the subschema as a whole.
    mutating func fail(_ node: Node, _ keyword: String, _ message: @autoclosure () -> String) -> Bool {
        if tells { report(node, keyword, pointer, message()) }
        return false
    }

    mutating func fail(
        _ node: Node, _ keyword: String, member name: String, _ message: @autoclosure () -> String
    ) -> Bool {
        if tells { report(node, keyword, pointer.appendingPointer(name), message()) }
        return false
    }

    private mutating func report(_ node: Node, _ keyword: String, _ instance: String, _ message: String) {
        charge(Self.reportCost)
        let schema = keyword.isEmpty ? node.location : node.location.appendingPointer(keyword)
        let violation = Violation(instance: instance, schema: schema, message: message)
        if !violations.contains(violation) { violations.append(violation) }
    }

    /// Words look for what was meant among many names.
    private static let reportCost = 500

    /// Where in the value the pass is.
    var pointer: String {
        path.reduce("") { pointer, segment in
            switch segment {
            case .name(let name): pointer.appendingPointer(name)
            case .place(let place): pointer + "/\(place)"
            }
        }
    }
}

/// Which members or elements of one value have been evaluated. A value is an object or an array, so one list does.
struct Marks {
    private(set) var isMarked: [Bool]

    init(_ value: JSON) {
        let count =
            switch value {
            case .array(let elements): elements.count
            case .object(let object): object.count
            default: 0
            }
        isMarked = Array(repeating: false, count: count)
    }

    private init(like other: Marks) {
        isMarked = Array(repeating: false, count: other.isMarked.count)
    }

    /// In steps.
    var cost: Int { isMarked.count / 64 }

    /// For a subschema whose marks count only if it succeeds.
    var fresh: Marks { Marks(like: self) }

    mutating func mark(_ place: Int) { isMarked[place] = true }

    mutating func merge(_ other: Marks?) {
        guard let other else { return }
        for (place, isSet) in other.isMarked.enumerated() where isSet { isMarked[place] = true }
    }
}

extension Marks? {
    var cost: Int { self?.cost ?? 0 }
}

extension JSON {
    /// What looking it through costs, in steps; counted no further than `most`.
    func weight(atMost most: Int) -> Int {
        var weight = 1
        switch self {
        case .null, .bool: break
        case .number(let number): weight += number.literal.utf8.count / JSON.bytesAStep
        case .string(let text): weight += text.utf8.count / JSON.bytesAStep
        case .array(let elements):
            for element in elements where weight < most { weight += element.weight(atMost: most - weight) }
        case .object(let object):
            for member in object.members where weight < most {
                weight += member.name.utf8.count / JSON.bytesAStep + member.value.weight(atMost: most - weight)
            }
        }
        return weight
    }

    static let bytesAStep = 32
}
