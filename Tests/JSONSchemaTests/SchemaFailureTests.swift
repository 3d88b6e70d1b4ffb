import StrictJSON
import Testing

@testable import JSONSchema

@Test(
    "a schema that cannot be used is refused, with place and reason",
    arguments: [
        (#"{"$ref":"https://example.com/a"}"#, "#", "refers to another document"),
        (#"{"properties":{"a":{"$ref":"other.json#/x"}}}"#, "#/properties/a", "nothing is fetched"),
        (##"{"$defs":{"a":{"$ref":"#/$defs/b"}}}"##, "#/$defs/a", "leads to nothing"),
        (##"{"$ref":"#nowhere"}"##, "#", "anchor that does not exist"),
        (##"{"$ref":"#"}"##, "#", "for ever"),
        (
            ##"{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}"##, "#/$defs/a",
            "for ever"
        ),
        (#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#, "#/$schema", "is not known"),
        (#"{"type":"strnig"}"#, "#/type", "is no type"),
        (#"{"type":[]}"#, "#/type", "at least one"),
        (#"{"properties":{"a/b":{"minLength":-1}}}"#, "#/properties/a~1b/minLength", "not negative"),
        (#"{"minLength":1.5}"#, "#/minLength", "integer"),
        (#"{"multipleOf":0}"#, "#/multipleOf", "greater than 0"),
        (#"{"required":"path"}"#, "#/required", "array of names"),
        (#"{"properties":[]}"#, "#/properties", "must be an object"),
        (#"{"properties":{"a":5}}"#, "#/properties/a", "an object or a boolean"),
        (#"{"items":[{}]}"#, "#/items", "prefixItems"),
        (#"{"anyOf":[]}"#, "#/anyOf", "at least one schema"),
        (#"{"pattern":"(?=a)"}"#, "#/pattern", "look-ahead"),
        (#"{"patternProperties":{"(a)\\1":{}}}"#, "#/patternProperties", "back-reference"),
        (#"{"$defs":{"unused":{"pattern":"("}}}"#, "#/$defs/unused/pattern", "missing"),
        (#"{"$defs":{"a":{"$id":"x","type":"null"},"b":{"$id":"x"}}}"#, "#/$defs/b", "two subschemas"),
        (#"{"$anchor":"1"}"#, "#", "must be a name"),
        (#"{"$id":"x#y"}"#, "#", "no fragment"),
        ("5", "#", "an object or a boolean"),
    ])
func refusals(text: String, location: String, reason: String) throws {
    let json = try JSONParser.parse(text)
    #expect {
        _ = try Schema(json)
    } throws: { error in
        guard let failure = error as? SchemaFailure else { return false }
        return failure.location == location && failure.reason.contains(reason)
    }
}

@Test("format checks nothing, and unknown keywords are annotations")
func annotations() throws {
    let schema = try Schema(["format": "email", "x-widget": ["type": 5], "contentMediaType": "application/json"])
    #expect(schema.validate("no address").isEmpty)
}

@Test("the metaschema finds what loading lets pass")
func metaschema() throws {
    #expect(try Schema.violations(ofSchema: ["title": 5]).map(\.instance) == ["/title"])
    #expect(try Schema.violations(ofSchema: ["title": "ok", "properties": ["a": ["type": "string"]]]).isEmpty)
}

// MARK: - Limits

@Test("a schema that would take 2ⁿ steps is given up, not carried out")
func exponential() throws {
    var definitions: [(name: String, value: JSON)] = [("0", ["type": "integer"])]
    for n in 1...40 {
        let next: JSON = ["$ref": .string("#/$defs/\(n - 1)")]
        definitions.append(("\(n)", ["allOf": [next, next]]))
    }
    let schema = try Schema(["$defs": .object(JSONObject(definitions)), "$ref": "#/$defs/40"])
    #expect(schema.validate(1).map(\.message).first?.contains("too large to be checked") == true)
}

@Test("a schema may be nested, up to a limit")
func schemaDepth() throws {
    func nested(_ depth: Int) -> JSON { (0..<depth).reduce(["type": "string"]) { json, _ in ["not": json] } }
    #expect(try Schema(nested(SchemaLimits.schemaDepth)).validate("a").isEmpty)
    #expect(throws: SchemaFailure.self) { try Schema(nested(SchemaLimits.schemaDepth + 1)) }
}

@Test("a dynamic reference that leads back to itself is given up")
func dynamicLoop() throws {
    let schema = try Schema(["$dynamicAnchor": "a", "$dynamicRef": "#a"])
    #expect(schema.validate(1).map(\.message).first?.contains("too deep") == true)
}

@Test("giving up is never taken for an answer, not even below not")
func haltBelowNot() throws {
    let schema = try Schema(["not": ["$dynamicAnchor": "a", "$dynamicRef": "#a"]])
    #expect(schema.validate(1).isEmpty == false)
}
