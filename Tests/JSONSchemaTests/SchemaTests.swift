import StrictJSON
import Testing

@testable import JSONSchema

/// What a schema says about a value, as a model reads it.
private func report(_ schema: String, _ value: String) throws -> [String] {
    try Schema(JSONParser.parse(schema)).validate(JSONParser.parse(value)).map(\.description)
}

private let edit = #"""
    {
        "type": "object", "required": ["path", "edits"], "additionalProperties": false,
        "properties": {
            "path": {"type": "string", "minLength": 1},
            "mode": {"enum": ["insert", "replace"]},
            "edits": {"type": "array", "maxItems": 2, "items": {"properties": {"line": {"type": "integer"}}}}
        }
    }
    """#

@Test(
    "a violation says where, what is expected and what was found",
    arguments: [
        (#"{"path":"a","edits":[]}"#, []),
        (#"{"path":5,"edits":[]}"#, ["/path: expected a string, got the number 5"]),
        (#"{"edits":[],"path":""}"#, ["/path: must have at least 1 character; it has 0"]),
        (#"{"path":"a"}"#, [#"the required property "edits" is missing"#]),
        (
            #"{"pth":"a","edits":[]}"#,
            [
                #"the required property "path" is missing; there is "pth""#,
                #"/pth: unknown property; did you mean "path"?"#,
            ]
        ),
        (
            #"{"path":"a","edits":[],"zzz":1}"#,
            [#"/zzz: unknown property; known are "path", "mode", "edits""#]
        ),
        (
            #"{"path":"a","edits":[],"mode":"replce"}"#,
            [#"/mode: must be one of "insert", "replace"; did you mean "replace"?"#]
        ),
        (#"{"path":"a","edits":[{"line":1.5}]}"#, ["/edits/0/line: expected an integer, got the number 1.5"]),
        (#"{"path":"a","edits":[{},{},{}]}"#, ["/edits: must have at most 2 items; it has 3"]),
        ("[]", ["expected an object, got an array"]),
    ])
func messages(value: String, expected: [String]) throws {
    #expect(try report(edit, value) == expected)
}

@Test(
    "of several forms, the one that the value was meant for explains what is wrong",
    arguments: [
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "1", ["expected null or a string, got the number 1"]),
        (
            #"{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}"#, "[1]",
            ["/0: expected a string, got the number 1"]
        ),
        (
            #"{"oneOf":[{"required":["a"]},{"required":["b"]}]}"#, #"{"a":1,"b":2}"#,
            ["must fit exactly one of the forms below oneOf; it fits 0 and 1"]
        ),
        (
            #"{"oneOf":[{"required":["a"]},{"required":["b"]}]}"#, "{}",
            [
                #"fits none of the forms that are allowed: (1) the required property "a" is missing; "#
                    + #"(2) the required property "b" is missing"#
            ]
        ),
        (#"{"not":{"type":"string"}}"#, #""a""#, ["is what the schema excludes here"]),
        (
            #"{"propertyNames":{"maxLength":1}}"#, #"{"ab":1}"#,
            ["/ab: the name of this property is not allowed: must have at most 1 character; it has 2"]
        ),
        (#"{"contains":{"type":"string"}}"#, "[1]", ["must contain at least 1 item that fits; 0 do"]),
        (#"{"prefixItems":[true],"items":false}"#, "[1,2]", ["must have at most 1 item; it has 2"]),
        (
            #"{"allOf":[{"properties":{"path":true}}],"unevaluatedProperties":false}"#, #"{"pat":1}"#,
            [#"/pat: unknown property; did you mean "path"?"#]
        ),
    ])
func forms(schema: String, value: String, expected: [String]) throws {
    #expect(try report(schema, value) == expected)
}

@Test("a violation names its place in the schema")
func schemaLocation() throws {
    let schema = try Schema(["$defs": ["a/b": ["type": "string"]], "properties": ["x": ["$ref": "#/$defs/a~1b"]]])
    #expect(schema.validate(["x": 1]).map(\.schema) == ["#/$defs/a~1b/type"])
    #expect(schema.validate(["x": 1]).map(\.instance) == ["/x"])
}

@Test("names are compared by their bytes, and pointers are escaped")
func names() throws {
    let schema = try Schema(JSONParser.parse("{\"properties\":{\"\u{E9}\":{\"type\":\"string\"}}}"))
    #expect(schema.validate(["\u{E9}": 1]).count == 1)
    #expect(schema.validate(["e\u{301}": 1]).isEmpty)
    let strict = try Schema(["additionalProperties": false])
    #expect(strict.validate(["a/b~c": 1]).map(\.instance) == ["/a~1b~0c"])
}

@Test("the report is bounded, and so is what it quotes")
func reportBounds() throws {
    let schema = try Schema(["items": ["type": "string", "maxLength": 3]])
    #expect(schema.validate(.array(Array(repeating: 1, count: 1000))).count == SchemaLimits.violations)
    let long = try Schema(["const": "a"]).validate(.string(String(repeating: "x", count: 100_000)))
    #expect(long.allSatisfy { $0.message.utf8.count < 300 })
}

@Test("large arrays are compared for equal items by sets, exactly")
func uniqueItems() throws {
    let schema = try Schema(["uniqueItems": true])
    #expect(schema.validate(.array((0..<100_000).map { .int($0) })).isEmpty)
    #expect(
        schema.validate(.array((0..<100_000).map { .int($0) } + [7])).map(\.message) == [
            "items must differ; 7 and 100000 are equal"
        ])
    let equal = [
        "[1, 1.0]", #"[{"a":1,"b":2},{"b":2,"a":1}]"#, "[9223372036854775808, 9223372036854775808.0]", "[0, -0.0]",
    ]
    for text in equal { #expect(try !schema.validate(JSONParser.parse(text)).isEmpty, "\(text)") }
    let different = [
        "[9223372036854775808, 9223372036854775809]", "[1, true]", #"["1", 1]"#, #"[["a","b"],["ab"]]"#, "[{},[]]",
    ]
    for text in different { #expect(try schema.validate(JSONParser.parse(text)).isEmpty, "\(text)") }
}

/// A schema whose lines each look the whole value through, though they evaluate it only once.
struct Toil: Sendable, CustomTestStringConvertible {
    var line: JSON
    var value: JSON
    var lines: Int
    var testDescription: String { line.text.count < 100 ? line.text : "required" }

    static let text = JSON.string(String(repeating: "x", count: 3_200_000))
    static let object = JSON.object(JSONObject((0..<16_000).map { ("\($0)", .null) }))
    static let all: [Toil] = [
        Toil(line: ["not": ["const": 0]], value: text, lines: 30),
        Toil(line: ["pattern": "x$"], value: text, lines: 30),
        Toil(line: ["minLength": 7], value: text, lines: 30),
        Toil(line: ["uniqueItems": true], value: [text, 0], lines: 30),
        Toil(line: ["multipleOf": 1], value: .number(JSONNumber(1e300)), lines: 10),
        Toil(line: ["minProperties": 1], value: object, lines: 3000),
        Toil(line: ["patternProperties": ["x": true]], value: object, lines: 200),
        Toil(line: ["required": .array((0..<16_000).map { .string("\($0)") })], value: object, lines: 1500),
        Toil(line: ["unevaluatedProperties": true], value: object, lines: 9000),
    ]
}

@Test("a large value is not looked through as often as a schema has lines", arguments: Toil.all)
func toil(_ toil: Toil) throws {
    let schema = try Schema(["allOf": .array(Array(repeating: toil.line, count: toil.lines))])
    let messages = schema.validate(toil.value).map(\.message)
    // What is small may be looked through again and again.
    #expect(messages == (toil.lines == 10 ? [] : ["too large to be checked (2000000 steps)"]))
}

@Test("what is wrong is worded no oftener than it is told")
func wording() throws {
    let form: JSON = ["properties": ["path": true], "additionalProperties": false]
    let schema = try Schema(["items": ["anyOf": [form, form]]])
    let violations = schema.validate(.array(Array(repeating: ["pat": 1], count: 100_000)))
    #expect(violations.count == SchemaLimits.violations)
}
