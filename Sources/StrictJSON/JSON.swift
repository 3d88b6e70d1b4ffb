/// A JSON value as it was written: the order of members and the spelling of numbers are kept.
///
/// Equality is JSON Schema's: `1`, `1.0` and `1e0` are equal, members may be in any order, and strings are compared by
/// their bytes (Swift's own comparison would merge strings that differ).
package enum JSON: Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON: Equatable {
    package static func == (a: JSON, b: JSON) -> Bool {
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
package struct JSONNumber: Sendable, Equatable {
    /// Exactly as JSON writes it.
    package let literal: String
    package let double: Double
    /// The value, if it is an integer that fits, however it is spelled (`3`, `3.0`, `30e-1`).
    package let integer: Int?

    /// For a literal that the parser has checked: finite, and well formed.
    init(literal: String, double: Double) {
        self.literal = literal
        self.double = double
        integer = Int(literal) ?? (double.rounded() == double && abs(double) < 9e15 ? Int(double) : nil)
    }

    package init(_ value: Int) {
        literal = String(value)
        double = Double(value)
        integer = value
    }

    /// `value` must be finite: JSON has no other numbers.
    package init(_ value: Double) {
        precondition(value.isFinite)
        self.init(literal: "\(value)", double: value)
    }

    package static func == (a: JSONNumber, b: JSONNumber) -> Bool {
        if let x = a.integer, let y = b.integer { return x == y }
        return a.double == b.double && (a.integer == nil) == (b.integer == nil)
    }
}

/// The members of an object, in their order. Names are compared by their bytes.
package struct JSONObject: Sendable, Equatable {
    package private(set) var members: [(name: String, value: JSON)]
    /// Only built for objects that are large enough to need it.
    private var index: [[UInt8]: Int] = [:]

    private static let indexedFrom = 16

    package init(_ members: [(name: String, value: JSON)] = []) {
        self.members = []
        self.members.reserveCapacity(members.count)
        for member in members { self[member.name] = member.value }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }

    package subscript(name: String) -> JSON? {
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

    package static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.members.allSatisfy { member in b[member.name].map { $0 == member.value } ?? false }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements.map { (name: $0.0, value: $0.1) }))
    }
    package init(nilLiteral: ()) { self = .null }

    package static func int(_ value: Int) -> JSON { .number(JSONNumber(value)) }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    package var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }

    package subscript(name: String) -> JSON? { object?[name] }
}
