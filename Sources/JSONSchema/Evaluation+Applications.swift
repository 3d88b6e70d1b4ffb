import StrictJSON

/// Subschemas that are applied to the value itself.
extension Evaluation {
    mutating func obeys(_ application: Rules.Application, _ node: Node, _ value: JSON, _ marks: inout Marks?) -> Bool {
        switch application {
        case .reference(let target): return accepts(target, value, &marks)
        case .dynamicReference(let target, let anchor):
            return accepts(self.target(of: target, anchor: anchor), value, &marks)
        case .allOf(let parts):
            var isValid = true
            for part in parts where isValid || collects { isValid = accepts(part, value, &marks) && isValid }
            return isValid
        case .anyOf(let forms): return obeysAny(of: forms, node, value, &marks)
        case .oneOf(let forms): return obeysOne(of: forms, node, value, &marks)
        case .not(let excluded):
            var own = fresh(marks)
            guard decides({ $0.accepts(excluded, value, &own) }), halted == nil else { return halted == nil }
            return fail(node, "not", "is what the schema excludes here")
        case .conditional(let condition, let then, let otherwise):
            var own = fresh(marks)
            let holds = decides { $0.accepts(condition, value, &own) }
            if holds { marks?.merge(own) }
            guard let branch = holds ? then : otherwise else { return halted == nil }
            return accepts(branch, value, &marks)
        }
    }

    /// For a subschema whose marks count only if it succeeds.
    private mutating func fresh(_ marks: Marks?) -> Marks? {
        charge(marks.cost)
        return marks?.fresh
    }

    private mutating func obeysAny(
        of forms: [NodeID], _ node: Node, _ value: JSON, _ marks: inout Marks?
    ) -> Bool {
        var fits = false
        // Once one fits, the others matter only for what they evaluate.
        for form in forms where !fits || marks != nil {
            var own = fresh(marks)
            guard decides({ $0.accepts(form, value, &own) }) else { continue }
            marks?.merge(own)
            fits = true
        }
        return fits || failAll(forms, node, "anyOf", value)
    }

    private mutating func obeysOne(
        of forms: [NodeID], _ node: Node, _ value: JSON, _ marks: inout Marks?
    ) -> Bool {
        var fitting: [Int] = []
        for (place, form) in forms.enumerated() where fitting.count < 2 {
            var own = fresh(marks)
            guard decides({ $0.accepts(form, value, &own) }) else { continue }
            marks?.merge(own)
            fitting.append(place)
        }
        switch fitting.count {
        case 0: return failAll(forms, node, "oneOf", value)
        case 1: return true
        default:
            let forms = fitting.map { "\($0)" }.joined(separator: " and ")
            return fail(node, "oneOf", "must fit exactly one of the forms below oneOf; it fits \(forms)")
        }
    }

    /// None of several forms fits. Forms that are for another type of value explain nothing: if one is left without
    /// them, that one's violations are the answer.
    private mutating func failAll(_ forms: [NodeID], _ node: Node, _ keyword: String, _ value: JSON) -> Bool {
        guard tells else { return false }
        let here = pointer
        let reasons = forms.map { form in
            collected { pass in
                var marks: Marks?
                _ = pass.accepts(form, value, &marks)
            }
        }
        let types = forms.reduce(into: TypeSet()) { $0.formUnion(program.nodes[$1].rules.types ?? []) }
        let near = reasons.filter { reasons in !reasons.contains { $0.instance == here && Wording.isAboutType($0) } }
        switch near.count {
        case 0 where !types.isEmpty && !types.includes(value):
            return fail(node, keyword, Wording.wrongType(types, value))
        case 1:
            for violation in near[0] where violations.count < SchemaLimits.violations { violations.append(violation) }
            return false
        default: return fail(node, keyword, Wording.noneFits(near.isEmpty ? reasons : near, below: here))
        }
    }
}
