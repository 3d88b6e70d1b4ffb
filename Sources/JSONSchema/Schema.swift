import StrictJSON

/// A JSON Schema (draft 2020-12 or draft 7), compiled once, to validate many values.
///
///     JSON ─SchemaDocuments→ located subschemas ─SchemaCompiler→ Program ─Evaluation→ [Violation]
///
/// Nothing in a schema can make validation run for ever, leave this process or overflow the stack: references to other
/// documents and references in a circle are refused here, patterns run in linear time, and `SchemaLimits` holds for
/// the rest. `format` and the `content…` keywords are annotations and check nothing, as the specification says.
package struct Schema: Sendable {
    private let program: Program

    package init(_ json: JSON) throws(SchemaFailure) {
        program = try SchemaCompiler.compile(json)
    }

    /// What is wrong with `value`: nothing if it is valid. At most `SchemaLimits.violations`.
    ///
    /// Needs up to `SchemaLimits.stackBytes` of stack.
    package func validate(_ value: JSON) -> [Violation] {
        // Valid values are the rule: the first pass only decides; the second finds words for what is wrong.
        var decision = Evaluation(program, collects: false)
        let isValid = decision.run(value)
        if let halt = decision.halted { return [halt.violation] }
        if isValid { return [] }
        var report = Evaluation(program, collects: true)
        _ = report.run(value)
        if let halt = report.halted, report.violations.isEmpty { return [halt.violation] }
        return report.violations
    }

    /// Whether `value` is valid: what `validate` finds, without the words.
    package func accepts(_ value: JSON) -> Bool {
        var decision = Evaluation(program, collects: false)
        return decision.run(value) && decision.halted == nil
    }

    /// What the draft's own metaschema finds wrong with a schema. Stricter than loading it: it knows annotations too.
    package static func violations(ofSchema json: JSON) throws(SchemaFailure) -> [Violation] {
        let dialect = try SchemaDialect.declared(by: json, at: "#") ?? .draft2020
        return try Schema(["$ref": .string(dialect.metaschema)]).validate(json)
    }
}

/// One way in which a value does not fit its schema.
package struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// A JSON Pointer to the part of the value; empty = all of it.
    package var instance: String
    /// Where the schema says so, as a URI with a JSON Pointer for its fragment.
    package var schema: String
    /// For the one who wrote the value: what is expected there, and what was found.
    package var message: String

    package var description: String { instance.isEmpty ? message : "\(instance): \(message)" }
}

/// Why a schema cannot be used.
package struct SchemaFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the schema, as a URI with a JSON Pointer for its fragment.
    package var location: String
    package var reason: String

    package var description: String { "schema at \(location): \(reason)" }
}

package enum SchemaLimits {
    /// How many violations one validation reports.
    package static let violations = 10
    /// How many subschemas one schema may have, its references followed.
    package static let subschemas = 50_000
    /// How many subschemas may be nested in each other, as written.
    package static let schemaDepth = 100
    /// How many subschemas may be under evaluation at once, each inside of the one before.
    package static let evaluationDepth = 128
    /// How many steps one validation may take, which are evaluations of a subschema and what costs as much: a schema of n lines
    /// can ask for 2ⁿ evaluations, or have a large value looked through as often as it has lines.
    package static let steps = 2_000_000
    /// What one pattern may take, in bytes.
    package static let patternMemory = 2 << 20
    /// What a thread needs for loading and validating at the limits above. Without optimization frames are larger.
    #if DEBUG
        package static let stackBytes = 1 << 20
    #else
        package static let stackBytes = 512 << 10
    #endif
}
