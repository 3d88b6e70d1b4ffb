import StrictJSON
import Testing

@testable import JSONSchema

/// Random JSON that looks like a schema now and then.
private struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    mutating func one<T>(of choices: [T]) -> T { choices[below(choices.count)] }

    private static let keywords = [
        "type", "enum", "const", "multipleOf", "minimum", "exclusiveMaximum", "minLength", "maxLength", "pattern",
        "items", "prefixItems", "additionalItems", "contains", "minContains", "maxContains", "uniqueItems", "minItems",
        "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "dependencies",
        "dependentSchemas", "dependentRequired", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref",
        "$dynamicRef", "$anchor", "$dynamicAnchor", "$id", "$defs", "definitions", "unevaluatedItems",
        "unevaluatedProperties", "$schema", "a",
    ]
    private static let texts = [
        "a", "b", "string", "object", "array", "integer", "#", "#a", "#/$defs/a", "#/properties/a", "a#/not", "^a+$",
        "[a-", "(", "\\p{L}", "é", "", "http://json-schema.org/draft-07/schema#",
        "https://json-schema.org/draft/2020-12/schema",
    ]

    mutating func value(_ depth: Int) -> JSON {
        switch below(depth > 0 ? 9 : 5) {
        case 0: return .bool(below(2) == 0)
        case 1: return .null
        case 2: return .int(below(7) - 2)
        case 3: return .string(one(of: Self.texts))
        case 4: return .number(JSONNumber(Double(below(100)) / 8))
        case 5: return .array((0..<below(4)).map { _ in value(depth - 1) })
        default: return schema(depth - 1)
        }
    }

    /// Mostly with values that a keyword can have.
    mutating func schema(_ depth: Int) -> JSON {
        var object = JSONObject()
        for _ in 0..<below(5) {
            let keyword = one(of: Self.keywords)
            object[keyword] = below(5) == 0 ? value(depth) : fitting(keyword, depth)
        }
        return .object(object)
    }

    private mutating func fitting(_ keyword: String, _ depth: Int) -> JSON {
        guard depth > 0 else { return .bool(below(3) > 0) }
        switch keyword {
        case "type": return .string(one(of: ["string", "object", "array", "integer", "null", "number"]))
        case "allOf", "anyOf", "oneOf", "prefixItems": return .array((0...below(3)).map { _ in schema(depth - 1) })
        case "properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies":
            return ["a": schema(depth - 1), "b": schema(depth - 1)]
        case "required": return ["a"]
        case "dependentRequired": return ["a": ["b"]]
        case "enum": return [value(1), value(1)]
        case "minLength", "maxLength", "minItems", "minContains", "maxContains", "multipleOf", "minimum":
            return .int(below(4))
        case "$ref", "$dynamicRef": return .string(one(of: ["#", "#a", "#/$defs/a", "#/$defs/b", "a"]))
        case "$anchor", "$dynamicAnchor", "$id": return "a"
        case "pattern": return .string(one(of: ["a", "^a*$", "[^b]", "\\d"]))
        case "uniqueItems": return true
        default: return schema(depth - 1)
        }
    }
}

@Test("random schemas and values never crash, and an answer does not depend on collecting it", arguments: 1...8)
func fuzz(seed: UInt64) throws {
    var random = Random(seed: seed &* 0x9E37_79B9_7F4A_7C15)
    var (loaded, invalid) = (0, 0)
    for _ in 0..<400 {
        let json = random.schema(5)
        do {
            let schema = try Schema(json)
            loaded += 1
            for _ in 0..<6 {
                let value = random.value(4)
                let violations = schema.validate(value)
                if !violations.isEmpty { invalid += 1 }
                #expect(violations.count <= SchemaLimits.violations)
                #expect(violations.allSatisfy { !$0.message.isEmpty }, "\(json.text) \(value.text)")
                #expect(schema.accepts(value) == violations.isEmpty, "\(json.text) \(value.text)")
            }
        } catch {
            #expect(!error.reason.isEmpty && error.location.contains("#"), "\(json.text)")
        }
    }
    // The generator would be of no use if nearly everything were refused.
    #expect(loaded > 80 && invalid > 50, "\(loaded) loaded, \(invalid) invalid")
}
