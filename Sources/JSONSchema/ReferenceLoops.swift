/// Circles of subschemas that are applied to one and the same value.
enum ReferenceLoops {
    private enum State {
        case new, open, done
    }

    /// A circle, as the nodes on it with the first one again at the end; nil when there is none.
    static func first(in rules: [Rules]) -> [Program.NodeID]? {
        var states = [State](repeating: .new, count: rules.count)
        for start in rules.indices where states[start] == .new {
            // The way from `start` to here, with what is still to be tried at each step.
            var way: [(node: Program.NodeID, rest: ArraySlice<Program.NodeID>)] = [(start, rules[start].inPlace[...])]
            states[start] = .open
            while let step = way.last {
                guard let next = step.rest.first else {
                    states[step.node] = .done
                    way.removeLast()
                    continue
                }
                way[way.count - 1].rest.removeFirst()
                switch states[next] {
                case .done: break
                case .new:
                    states[next] = .open
                    way.append((next, rules[next].inPlace[...]))
                case .open: return way.map(\.node).drop { $0 != next } + [next]
                }
            }
        }
        return nil
    }

    /// For each node the one to evaluate in its stead: the end of a chain of subschemas that only refer to the next. A
    /// change of resource is not skipped: dynamic references depend on it. There must be no circles.
    static func shortcuts(in rules: [Rules], resources: [Int]) -> [Program.NodeID] {
        rules.indices.map { start in
            var end = start
            while let next = rules[end].onlyReference, resources[next] == resources[end] { end = next }
            return end
        }
    }
}

extension Rules {
    /// The same rules, each subschema replaced by what `target` gives for it.
    func retargeted(_ target: (NodeID) -> NodeID) -> Rules {
        var rules = self
        rules.applied = applied.map { $0.retargeted(target) }
        rules.unevaluatedItems = unevaluatedItems.map(target)
        rules.unevaluatedProperties = unevaluatedProperties.map(target)
        if var array = rules.array {
            array.prefix = array.prefix.map(target)
            array.rest = array.rest.map(target)
            if let contains = array.contains { array.contains?.node = target(contains.node) }
            rules.array = array
        }
        if var object = rules.object {
            object.properties = object.properties.mapValues(target)
            object.patterns = object.patterns.map { ($0.regex, target($0.node)) }
            object.dependentSchemas = object.dependentSchemas.map { ($0.trigger, target($0.node)) }
            object.additional = object.additional.map(target)
            object.propertyNames = object.propertyNames.map(target)
            rules.object = object
        }
        return rules
    }
}

extension Rules.Application {
    fileprivate func retargeted(_ target: (Rules.NodeID) -> Rules.NodeID) -> Rules.Application {
        switch self {
        case .reference(let node): .reference(target(node))
        // The end of a chain may have lost the anchor's name, so this one keeps to what it found.
        case .dynamicReference: self
        case .allOf(let nodes): .allOf(nodes.map(target))
        case .anyOf(let nodes): .anyOf(nodes.map(target))
        case .oneOf(let nodes): .oneOf(nodes.map(target))
        case .not(let node): .not(target(node))
        case .conditional(let condition, let then, let otherwise):
            .conditional(
                condition: target(condition), then: then.map(target), otherwise: otherwise.map(target))
        }
    }
}
