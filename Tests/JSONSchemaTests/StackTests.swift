import Foundation
import StrictJSON
import Testing

@testable import JSONSchema

/// Runs `body` on a thread that has exactly the stack that the limits promise to be enough. What a sanitizer adds needs more.
private func onPromisedStack<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: body()) }
        let isSanitized = ProcessInfo.processInfo.environment["INTERLOCK_SANITIZER"] != nil
        thread.stackSize = SchemaLimits.stackBytes * (isSanitized ? 16 : 1)
        thread.start()
    }
}

private func nested(_ depth: Int, _ wrap: (JSON) -> JSON) -> JSON {
    (0..<depth).reduce("end") { value, _ in wrap(value) }
}

@Test(
    "a value as deep as the parser lets through fits on the promised stack, whatever the schema does with it",
    arguments: [
        ##"{"items":{"$ref":"#"},"properties":{"a":{"$ref":"#"}}}"##,
        ##"{"anyOf":[{"type":"string"},{"items":{"$ref":"#"},"additionalProperties":{"$ref":"#"},"minItems":1}]}"##,
        ##"{"allOf":[{"if":{"type":"array"},"then":{"items":{"$ref":"#"}}}],"unevaluatedItems":false}"##,
        ##"{"patternProperties":{"a":{"oneOf":[{"$ref":"#"},{"const":1}]}},"contains":{"$ref":"#"}}"##,
        ##"{"dependentSchemas":{"a":{"properties":{"a":{"$ref":"#"}},"unevaluatedProperties":false}}}"##,
        #"{"const":{"a":1}}"#, #"{"enum":[[]]}"#, #"{"uniqueItems":true,"not":{"const":[[]]}}"#,
    ])
func deepValues(text: String) async throws {
    let schema = try Schema(JSONParser.parse(text))
    for depth in [SchemaLimits.evaluationDepth - 2, JSONParser.maximumDepth] {
        for value in [nested(depth) { [$0] }, nested(depth) { ["a": $0] }] {
            let messages = await onPromisedStack { schema.validate(value).map(\.message) }
            #expect(messages.allSatisfy { !$0.isEmpty })
        }
    }
}

@Test("a recursive schema follows a value down to the limit, and says so beyond it")
func recursiveDepth() throws {
    let schema = try Schema(["items": ["$ref": "#"], "type": ["array", "string"]])
    #expect(schema.validate(nested(SchemaLimits.evaluationDepth - 1) { [$0] }).isEmpty)
    let beyond = schema.validate(nested(SchemaLimits.evaluationDepth) { [$0] })
    #expect(beyond.map(\.message).first?.contains("too deep") == true)
}

@Test("loading a schema as deep as the parser lets through fits on the promised stack")
func deepSchemas() async {
    for wrap: @Sendable (JSON) -> JSON in [{ ["not": $0] }, { ["x": $0] }, { ["const": [$0]] }] {
        let schema = (0..<100).reduce(true as JSON) { value, _ in wrap(value) }
        let failure = await onPromisedStack { () -> String? in
            do throws(SchemaFailure) { _ = try Schema(schema) } catch { return error.reason }
            return nil
        }
        #expect(failure == nil)
    }
}
