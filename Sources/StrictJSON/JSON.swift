/// A JSON value as it was written: the order of members and the spelling of numbers are kept.
///
/// Equality is JSON Schema's: `1`, `1.0` and `1e0` are equal, members may be in any order, and strings are compared by
/// their bytes (Swift's own comparison would merge strings that differ).
public enum JSON: Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number, with its spelling.
    case number(JSONNumber)
    /// A string.
    case string(String)
    /// Values in their order.
    case array([JSON])
    /// Members in their order.
    case object(JSONObject)
}

extension JSON: Equatable {
    /// Whether both say the same, however they are spelled.
    public static func == (a: JSON, b: JSON) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.number(let x), .number(let y)): x == y
        case (.string(let x), .string(let y)): x.utf8.elementsEqual(y.utf8)
        case (.array(let x), .array(let y)): x == y
        case (.object(let x), .object(let y)): x == y
        default: false
        }
    }
}

/// A number with its spelling.
public struct JSONNumber: Sendable, Equatable {
    /// Exactly as JSON writes it.
    public let literal: String
    /// The nearest value; always finite.
    public let double: Double
    /// The value, if it is an integer that fits, however it is spelled (`3`, `3.0`, `30e-1`).
    public let integer: Int?

    /// For a literal that the parser has checked: finite, and well formed.
    init(literal: String, double: Double) {
        self.literal = literal
        self.double = double
        integer = Int(literal) ?? (double.rounded() == double && abs(double) < 9e15 ? Int(double) : nil)
    }

    /// An integer.
    public init(_ value: Int) {
        literal = String(value)
        double = Double(value)
        integer = value
    }

    /// A number.
    ///
    /// - Precondition: `value` is finite: JSON has no other numbers.
    public init(_ value: Double) {
        precondition(value.isFinite)
        self.init(literal: "\(value)", double: value)
    }

    /// Whether both are the same number, however they are spelled.
    public static func == (a: JSONNumber, b: JSONNumber) -> Bool {
        if let x = a.integer, let y = b.integer { return x == y }
        return a.double == b.double && (a.integer == nil) == (b.integer == nil)
    }
}

/// The members of an object, in their order. Names are compared by their bytes.
public struct JSONObject: Sendable, Equatable {
    /// Each name stands here once.
    public private(set) var members: [(name: String, value: JSON)]
    /// Only built for objects that are large enough to need it.
    private var index: [[UInt8]: Int] = [:]

    private static let indexedFrom = 16

    /// An object with these members; of those with the same name the last one counts.
    public init(_ members: [(name: String, value: JSON)] = []) {
        self.members = []
        self.members.reserveCapacity(members.count)
        for member in members { self[member.name] = member.value }
    }

    /// Whether it has no members.
    public var isEmpty: Bool { members.isEmpty }
    /// How many members it has.
    public var count: Int { members.count }

    /// A member's value. A new member goes to the end; setting nil removes it.
    public subscript(name: String) -> JSON? {
        get { place(of: name).map { members[$0].value } }
        set {
            switch (place(of: name), newValue) {
            case (let place?, let value?): members[place].value = value
            case (nil, let value?): append(name, value)
            case (let place?, nil):
                members.remove(at: place)
                index = [:]
                if members.count > Self.indexedFrom { buildIndex() }
            case (nil, nil): break
            }
        }
    }

    /// Adds a member; false if there is one of that name already.
    mutating func insert(_ name: String, _ value: JSON) -> Bool {
        guard place(of: name) == nil else { return false }
        append(name, value)
        return true
    }

    private mutating func append(_ name: String, _ value: JSON) {
        members.append((name, value))
        if members.count == Self.indexedFrom + 1 {
            buildIndex()
        } else if members.count > Self.indexedFrom {
            index[Array(name.utf8)] = members.count - 1
        }
    }

    private mutating func buildIndex() {
        for (place, member) in members.enumerated() { index[Array(member.name.utf8)] = place }
    }

    private func place(of name: String) -> Int? {
        if members.count > Self.indexedFrom { return index[Array(name.utf8)] }
        return members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// Whether both have the same members, in whatever order.
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.members.allSatisfy { member in b[member.name].map { $0 == member.value } ?? false }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A number.
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// An object, with its members in this order.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements.map { (name: $0.0, value: $0.1) }))
    }
    /// Null.
    public init(nilLiteral: ()) { self = .null }

    /// An integer that is not a literal.
    public static func int(_ value: Int) -> JSON { .number(JSONNumber(value)) }

    /// The string, if it is one.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The truth value, if it is one.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements, if it is an array.
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    /// The object, if it is one.
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// The number, if it is one.
    public var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }

    /// The value of an object's member; nil if there is none, or if it is no object.
    public subscript(name: String) -> JSON? { object?[name] }
}
