import JSONSchema
import StrictJSON

/// A schema's verdict is one, however schema and value are written; and a violation says what and where.
enum SchemaTarget {
    /// The schema's line, and the value's.
    static func complaint(about bytes: [UInt8]) -> String? {
        let lines = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        guard lines.count == 2, let document = try? JSONParser.parse(Array(lines[0])),
            let value = try? JSONParser.parse(Array(lines[1])), let schema = try? Schema(document)
        else { return nil }
        let violations = schema.validate(value)
        if violations.isEmpty != schema.accepts(value) { return "accepted, with \(violations)" }
        if violations.count > SchemaLimits.violations { return "\(violations.count) violations" }
        for violation in violations {
            if violation.message.isEmpty { return "a violation without words" }
            guard let pointer = try? JSONPointer(violation.instance),
                pointer.values(in: value).contains(where: { $0 != nil })
            else { return "a violation at \(violation.instance), where nothing is" }
        }
        guard let written = try? JSONParser.parse(document.bytes), let again = try? Schema(written),
            let same = try? JSONParser.parse(value.bytes)
        else { return "what was written is no schema any more" }
        return again.validate(same) == violations ? nil : "another verdict on the same"
    }
}
