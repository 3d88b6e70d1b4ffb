import StrictJSON

/// A JSON value in one spelling: equal values, and only those, have equal bytes. Numbers are exact, members sorted.
/// It makes `enum`, `const` and `uniqueItems` a look into a set.
struct CanonicalValue: Hashable, Sendable {
    private var bytes: [UInt8] = []

    init(_ value: JSON) {
        append(value)
    }

    private mutating func append(_ value: JSON) {
        switch value {
        case .null: bytes.append(UInt8(ascii: "n"))
        case .bool(let value): bytes.append(UInt8(ascii: value ? "t" : "f"))
        case .number(let number): append(number)
        case .string(let text): append(text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for element in elements { append(element) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for member in object.members.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
                append(member.name)
                append(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func append(_ number: JSONNumber) {
        let exact = ExactNumber(number.literal)
        bytes.append(UInt8(ascii: exact.isNegative && !exact.isZero ? "-" : "+"))
        bytes += exact.digits.map { $0 + UInt8(ascii: "0") }
        bytes += "e\(exact.exponent);".utf8
    }

    /// Strings carry their length, so that no string can be taken for several.
    private mutating func append(_ text: String) {
        bytes += "\"\(text.utf8.count):".utf8
        bytes += text.utf8
    }
}
