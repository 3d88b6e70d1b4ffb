import StrictJSON

extension Evaluation {
    mutating func obeys(
        _ rules: Rules.ObjectRules, _ node: Node, _ object: JSONObject, _ value: JSON, _ marks: inout Marks?
    ) -> Bool {
        // Those members too that no rule speaks of are looked at, and those that are required and not there.
        charge((object.count + rules.required.count) / 16)
        var isValid = obeysCounts(rules, node, object)
        if isValid || collects { isValid = obeysRequired(rules, node, object) && isValid }
        if !rules.properties.isEmpty || !rules.patterns.isEmpty || rules.additional != nil || rules.propertyNames != nil
        {
            for (place, member) in object.members.enumerated() {
                if !isValid, !collects || halted != nil { return false }
                isValid = obeysMember(rules, node, member, at: place, &marks) && isValid
            }
        }
        for (trigger, subschema) in rules.dependentSchemas where object[trigger] != nil {
            if !isValid, !collects { return false }
            isValid = accepts(subschema, value, &marks) && isValid
        }
        return isValid
    }

    private mutating func obeysCounts(_ rules: Rules.ObjectRules, _ node: Node, _ object: JSONObject) -> Bool {
        if let least = rules.minProperties, object.count < least {
            return fail(
                node, "minProperties", "must have at least \(Wording.count(least, "property")); it has \(object.count)")
        }
        if let most = rules.maxProperties, object.count > most {
            return fail(
                node, "maxProperties", "must have at most \(Wording.count(most, "property")); it has \(object.count)")
        }
        return true
    }

    private mutating func obeysRequired(_ rules: Rules.ObjectRules, _ node: Node, _ object: JSONObject) -> Bool {
        var isValid = true
        for name in rules.required where object[name] == nil {
            isValid = fail(node, "required", Wording.missing(name, rules, object))
            if !collects { return false }
        }
        for (trigger, required, keyword) in rules.dependentRequired where object[trigger] != nil {
            for name in required where object[name] == nil {
                isValid = fail(
                    node, keyword,
                    "the required property \(quoted(name)) is missing; \(quoted(trigger)) needs it beside it")
                if !collects { return false }
            }
        }
        return isValid
    }

    private mutating func obeysMember(
        _ rules: Rules.ObjectRules, _ node: Node, _ member: (name: String, value: JSON), at place: Int,
        _ marks: inout Marks?
    ) -> Bool {
        var (isValid, isKnown) = (true, false)
        if let subschema = rules.properties[ByteString(member.name)] {
            isKnown = true
            isValid = accepts(subschema, member: member.name, member.value)
        }
        charge(rules.patterns.count * (1 + member.name.utf8.count / JSON.bytesAStep))
        for (regex, subschema) in rules.patterns where regex.matches(member.name) {
            isKnown = true
            if isValid || collects { isValid = accepts(subschema, member: member.name, member.value) && isValid }
        }
        if !isKnown, let additional = rules.additional {
            isKnown = true
            let refusesAll = program.nodes[additional].rules.refusesAll
            isValid =
                refusesAll
                ? fail(
                    node, "additionalProperties", member: member.name,
                    Wording.unknownProperty(member.name, rules.names))
                : accepts(additional, member: member.name, member.value)
        }
        if let names = rules.propertyNames, isValid || collects {
            isValid = obeysName(names, node, member.name) && isValid
        }
        if isKnown { marks?.mark(place) }
        return isValid
    }

    private mutating func obeysName(_ names: NodeID, _ node: Node, _ name: String) -> Bool {
        var marks: Marks?
        if decides({ $0.accepts(names, .string(name), &marks) }) { return true }
        guard collects else { return false }
        let reasons = collected { pass in
            var marks: Marks?
            _ = pass.accepts(names, .string(name), &marks)
        }
        let reason = reasons.first.map { ": " + $0.message } ?? ""
        return fail(node, "propertyNames", member: name, "the name of this property is not allowed\(reason)")
    }
}
