import StrictJSON

/// Types, allowed values, numbers and strings.
extension Evaluation {
    mutating func obeysAssertions(_ node: Node, _ value: JSON) -> Bool {
        if let types = node.rules.types, !types.includes(value) {
            return fail(node, "type", Wording.wrongType(types, value))
        }
        var isValid = true
        for allowed in node.rules.allowed where isValid || collects {
            charge(value)
            if halted != nil { return false }
            if !allowed.set.contains(CanonicalValue(value)) {
                isValid = fail(node, allowed.keyword, Wording.notAllowed(value, allowed.values))
            }
        }
        switch value {
        case .number(let number):
            for rule in node.rules.numbers where isValid || collects {
                charge(number.literal.utf8.count / JSON.bytesAStep)
                isValid = obeys(rule, node, number) && isValid
            }
        case .string(let text):
            for rule in node.rules.strings where (isValid || collects) && halted == nil {
                charge(text.utf8.count / JSON.bytesAStep)
                isValid = obeys(rule, node, text) && isValid
            }
        default: break
        }
        return isValid
    }

    private mutating func obeys(_ rule: Rules.NumberRule, _ node: Node, _ number: JSONNumber) -> Bool {
        switch rule {
        case .minimum(let bound):
            bound.order(of: number) >= 0
                || fail(node, "minimum", "must be \(bound.literal) or more; it is \(Wording.cut(number.literal))")
        case .exclusiveMinimum(let bound):
            bound.order(of: number) > 0
                || fail(
                    node, "exclusiveMinimum", "must be more than \(bound.literal); it is \(Wording.cut(number.literal))"
                )
        case .maximum(let bound):
            bound.order(of: number) <= 0
                || fail(node, "maximum", "must be \(bound.literal) or less; it is \(Wording.cut(number.literal))")
        case .exclusiveMaximum(let bound):
            bound.order(of: number) < 0
                || fail(
                    node, "exclusiveMaximum", "must be less than \(bound.literal); it is \(Wording.cut(number.literal))"
                )
        case .multipleOf(let divisor, let literal):
            ExactNumber(number.literal).isMultiple(of: divisor)
                || fail(node, "multipleOf", "must be a multiple of \(literal); it is \(Wording.cut(number.literal))")
        }
    }

    private mutating func obeys(_ rule: Rules.StringRule, _ node: Node, _ text: String) -> Bool {
        switch rule {
        case .minLength(let length):
            text.unicodeScalars.count >= length
                || fail(
                    node, "minLength",
                    "must have at least \(Wording.count(length, "character")); it has \(text.unicodeScalars.count)")
        case .maxLength(let length):
            text.utf8.count <= length || text.unicodeScalars.count <= length
                || fail(
                    node, "maxLength",
                    "must have at most \(Wording.count(length, "character")); it has \(text.unicodeScalars.count)")
        case .pattern(let regex, let source):
            regex.matches(text) || fail(node, "pattern", "\(quoted(text)) does not match the pattern \(quoted(source))")
        }
    }
}
