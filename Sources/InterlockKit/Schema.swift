/// A JSON Schema (draft 2020-12), as text. The builder covers what arguments of tools usually need; ``json(_:)`` takes
/// anything else.
public struct Schema: Sendable, CustomStringConvertible {
    /// The schema as JSON.
    public let text: String
    /// The schema as JSON.
    public var description: String { text }

    /// A schema of your own.
    public static func json(_ text: String) -> Schema { Schema(text: text) }

    /// An object. Every property is required unless it is named in `optional`; others are refused unless `isOpen`.
    public static func object(
        _ properties: KeyValuePairs<String, Schema> = [:], optional: Set<String> = [], description: String? = nil,
        isOpen: Bool = false
    ) -> Schema {
        let required = properties.map(\.key).filter { !optional.contains($0) }
        let members = properties.map { (name: $0.key, value: $0.value.text) }
        return make(
            "object", description,
            [
                ("properties", JSONText.object(members)),
                ("required", required.isEmpty ? nil : JSONText.array(required.map(JSONText.quoted))),
                ("additionalProperties", isOpen ? nil : "false"),
            ])
    }

    /// A string. `pattern` is a regular expression without look-around or back-references; lengths count code points.
    public static func string(
        _ description: String? = nil, oneOf values: [String]? = nil, pattern: String? = nil, minLength: Int? = nil,
        maxLength: Int? = nil
    ) -> Schema {
        make(
            "string", description,
            [
                ("enum", values.map { JSONText.array($0.map(JSONText.quoted)) }),
                ("pattern", pattern.map(JSONText.quoted)),
                ("minLength", minLength.map(String.init)),
                ("maxLength", maxLength.map(String.init)),
            ])
    }

    /// An integer, bounds included.
    public static func integer(_ description: String? = nil, min: Int? = nil, max: Int? = nil) -> Schema {
        make("integer", description, [("minimum", min.map(String.init)), ("maximum", max.map(String.init))])
    }

    /// A number, bounds included.
    public static func number(_ description: String? = nil, min: Double? = nil, max: Double? = nil) -> Schema {
        make("number", description, [("minimum", min.map { "\($0)" }), ("maximum", max.map { "\($0)" })])
    }

    /// True or false.
    public static func boolean(_ description: String? = nil) -> Schema {
        make("boolean", description, [])
    }

    /// An array whose elements are all of one kind; bounds included.
    public static func array(
        of element: Schema, _ description: String? = nil, minItems: Int? = nil, maxItems: Int? = nil
    ) -> Schema {
        make(
            "array", description,
            [
                ("items", element.text),
                ("minItems", minItems.map(String.init)),
                ("maxItems", maxItems.map(String.init)),
            ])
    }

    private static func make(
        _ type: String, _ description: String?, _ members: [(name: String, value: String?)]
    ) -> Schema {
        let all: [(name: String, value: String?)] =
            [("type", JSONText.quoted(type)), ("description", description.map(JSONText.quoted))] + members
        return Schema(
            text: JSONText.object(all.compactMap { member in member.value.map { (member.name, $0) } }))
    }
}

/// Writes JSON, so that descriptors come out the same each time and need no encoder.
enum JSONText {
    static func object(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { quoted($0.name) + ":" + $0.value }.joined(separator: ",") + "}"
    }

    static func array(_ elements: [String]) -> String {
        "[" + elements.joined(separator: ",") + "]"
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
