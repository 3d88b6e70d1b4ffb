import StrictJSON

extension Evaluation {
    mutating func obeys(_ rules: Rules.ArrayRules, _ node: Node, _ elements: [JSON], _ marks: inout Marks?) -> Bool {
        var isValid = obeysCounts(rules, node, elements)
        for (place, element) in elements.enumerated() {
            if !isValid, !collects { return false }
            guard let subschema = place < rules.prefix.count ? rules.prefix[place] : rules.rest else { break }
            marks?.mark(place)
            if place >= rules.prefix.count, program.nodes[subschema].rules.refusesAll {
                // One sentence for all of them: how many there may be.
                return fail(node, rules.restKeyword, Wording.tooMany(elements.count, rules.prefix.count)) && isValid
            }
            isValid = accepts(subschema, element: place, element) && isValid
        }
        if let contains = rules.contains, isValid || collects {
            isValid = obeys(contains, node, elements, &marks) && isValid
        }
        return isValid
    }

    private mutating func obeysCounts(_ rules: Rules.ArrayRules, _ node: Node, _ elements: [JSON]) -> Bool {
        if let least = rules.minItems, elements.count < least {
            return fail(
                node, "minItems", "must have at least \(Wording.count(least, "item")); it has \(elements.count)")
        }
        if let most = rules.maxItems, elements.count > most {
            return fail(node, "maxItems", "must have at most \(Wording.count(most, "item")); it has \(elements.count)")
        }
        guard rules.areUnique, elements.count > 1 else { return true }
        charge(.array(elements))
        if halted != nil { return false }
        var seen: [CanonicalValue: Int] = [:]
        for (place, element) in elements.enumerated() {
            if let twin = seen.updateValue(place, forKey: CanonicalValue(element)) {
                return fail(node, "uniqueItems", "items must differ; \(twin) and \(place) are equal")
            }
        }
        return true
    }

    private mutating func obeys(
        _ rule: Rules.ArrayRules.Contains, _ node: Node, _ elements: [JSON], _ marks: inout Marks?
    ) -> Bool {
        var count = 0
        for (place, element) in elements.enumerated() {
            // Nothing more to learn.
            if rule.maximum == nil, count >= rule.minimum, !(rule.marks && marks != nil) { break }
            guard decides({ $0.accepts(rule.node, element: place, element) }) else { continue }
            count += 1
            if rule.marks { marks?.mark(place) }
        }
        if count < rule.minimum {
            let keyword = rule.minimum == 1 ? "contains" : "minContains"
            return fail(
                node, keyword, "must contain at least \(Wording.count(rule.minimum, "item")) that fits; \(count) do")
        }
        if let most = rule.maximum, count > most {
            return fail(
                node, "maxContains", "must contain at most \(Wording.count(most, "item")) that fits; \(count) do")
        }
        return true
    }
}

// MARK: - What nothing else has looked at

extension Evaluation {
    mutating func obeysUnevaluated(_ node: Node, _ value: JSON, _ marks: inout Marks?) -> Bool {
        switch value {
        case .array(let elements):
            guard let subschema = node.rules.unevaluatedItems else { return true }
            return obeysUnevaluatedItems(subschema, node, elements, &marks)
        case .object(let object):
            guard let subschema = node.rules.unevaluatedProperties else { return true }
            return obeysUnevaluatedProperties(subschema, node, object, &marks)
        default: return true
        }
    }

    private mutating func obeysUnevaluatedItems(
        _ subschema: NodeID, _ node: Node, _ elements: [JSON], _ marks: inout Marks?
    ) -> Bool {
        var isValid = true
        for (place, element) in elements.enumerated() where marks?.isMarked[place] == false {
            isValid = accepts(subschema, element: place, element) && isValid
            marks?.mark(place)
            if !isValid, !collects { return false }
        }
        return isValid
    }

    private mutating func obeysUnevaluatedProperties(
        _ subschema: NodeID, _ node: Node, _ object: JSONObject, _ marks: inout Marks?
    ) -> Bool {
        var isValid = true
        let program = program
        let refusesAll = program.nodes[subschema].rules.refusesAll
        for (place, member) in object.members.enumerated() where marks?.isMarked[place] == false {
            let fits =
                refusesAll
                ? fail(
                    node, "unevaluatedProperties", member: member.name,
                    Wording.unknownProperty(member.name, program.names(in: node)))
                : accepts(subschema, member: member.name, member.value)
            isValid = fits && isValid
            marks?.mark(place)
            if !isValid, !collects { return false }
        }
        return isValid
    }
}

extension Program {
    /// The names of properties that a node and what it applies to the same value speak of.
    func names(in node: Node) -> [String] {
        var names: [String] = []
        var (waiting, seen) = (node.rules.inPlace, Set<NodeID>())
        names += node.rules.object?.names ?? []
        while let id = waiting.popLast(), seen.count < 1000 {
            guard seen.insert(id).inserted else { continue }
            let rules = nodes[id].rules
            names += rules.object?.names ?? []
            waiting += rules.inPlace
        }
        var known: Set<ByteString> = []
        return names.filter { known.insert(ByteString($0)).inserted }
    }
}
