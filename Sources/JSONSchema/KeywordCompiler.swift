import LinearRegex
import StrictJSON

/// What each keyword means. A keyword with a value that it cannot have is a failure, never ignored.
extension SchemaCompiler {
    mutating func compileCurrent() throws(SchemaFailure) -> Rules {
        var rules = Rules()
        guard let schema = current.value.object else {
            rules.refusesAll = current.value.bool == false
            return rules
        }
        if let reference = schema["$ref"] {
            rules.applied.append(.reference(try self.reference("$ref", reference)))
            if current.dialect == .draft7 { return rules }
        }
        if current.dialect == .draft2020, let reference = schema["$dynamicRef"] {
            rules.applied.append(try dynamicReference(reference))
        }
        rules.types = try types(schema)
        rules.allowed = try allowedValues(schema)
        rules.numbers = try numberRules(schema)
        rules.strings = try stringRules(schema)
        rules.array = try arrayRules(schema)
        rules.object = try objectRules(schema)
        try applyInPlace(schema, &rules)
        if current.dialect == .draft2020 {
            if schema["unevaluatedItems"] != nil { rules.unevaluatedItems = try child("unevaluatedItems") }
            if schema["unevaluatedProperties"] != nil {
                rules.unevaluatedProperties = try child("unevaluatedProperties")
            }
        }
        return rules
    }

    private func types(_ schema: JSONObject) throws(SchemaFailure) -> TypeSet? {
        guard let value = schema["type"] else { return nil }
        var types: TypeSet = []
        for name in value.array ?? [value] {
            guard let type = TypeSet.named.first(where: { name == .string($0.name) })?.type else {
                let known = TypeSet.named.map(\.name).joined(separator: ", ")
                throw failure("type", "\(Wording.cut(name.text)) is no type; there are \(known)")
            }
            types.insert(type)
        }
        if types.isEmpty { throw failure("type", "must name at least one type") }
        return types
    }

    private func allowedValues(_ schema: JSONObject) throws(SchemaFailure) -> [Rules.AllowedValues] {
        var allowed: [Rules.AllowedValues] = []
        if let value = schema["const"] { allowed.append(.init(keyword: "const", values: [value], set: [.init(value)])) }
        if let value = schema["enum"] {
            guard let values = value.array else { throw failure("enum", "must be an array") }
            allowed.append(.init(keyword: "enum", values: values, set: Set(values.map { CanonicalValue($0) })))
        }
        return allowed
    }

    private func numberRules(_ schema: JSONObject) throws(SchemaFailure) -> [Rules.NumberRule] {
        var rules: [Rules.NumberRule] = []
        func bound(_ keyword: String, _ rule: (NumberBound) -> Rules.NumberRule) throws(SchemaFailure) {
            guard let value = schema[keyword] else { return }
            guard let number = value.number else { throw failure(keyword, "must be a number") }
            rules.append(rule(NumberBound(number)))
        }
        try bound("minimum") { .minimum($0) }
        try bound("exclusiveMinimum") { .exclusiveMinimum($0) }
        try bound("maximum") { .maximum($0) }
        try bound("exclusiveMaximum") { .exclusiveMaximum($0) }
        if let value = schema["multipleOf"] {
            guard let number = value.number else { throw failure("multipleOf", "must be a number") }
            let divisor = ExactNumber(number.literal)
            guard !divisor.isZero, !divisor.isNegative else { throw failure("multipleOf", "must be greater than 0") }
            guard divisor.digits.count <= ExactNumber.divisorDigits else {
                throw failure("multipleOf", "may have \(ExactNumber.divisorDigits) significant digits at most")
            }
            rules.append(.multipleOf(divisor, literal: number.literal))
        }
        return rules
    }

    private func stringRules(_ schema: JSONObject) throws(SchemaFailure) -> [Rules.StringRule] {
        var rules: [Rules.StringRule] = []
        if let length = try count("minLength", schema) { rules.append(.minLength(length)) }
        if let length = try count("maxLength", schema) { rules.append(.maxLength(length)) }
        if let value = schema["pattern"] {
            guard let source = value.string else { throw failure("pattern", "must be a string") }
            rules.append(.pattern(try pattern(source, in: "pattern"), source: source))
        }
        return rules
    }

    /// A whole number that is not negative; one that no count can reach is the largest `Int`.
    private func count(_ keyword: String, _ schema: JSONObject) throws(SchemaFailure) -> Int? {
        guard let value = schema[keyword] else { return nil }
        guard let number = value.number, let count = ExactNumber(number.literal).count else {
            throw failure(keyword, "must be an integer that is not negative")
        }
        return count
    }

    private func pattern(_ source: String, in keyword: String) throws(SchemaFailure) -> LinearRegex {
        do {
            return try ECMAPattern.compile(source)
        } catch {
            throw failure(keyword, error.description)
        }
    }
}

// MARK: - Arrays

extension SchemaCompiler {
    private mutating func arrayRules(_ schema: JSONObject) throws(SchemaFailure) -> Rules.ArrayRules? {
        let keywords = [
            "minItems", "maxItems", "uniqueItems", "items", "prefixItems", "additionalItems", "contains",
        ]
        guard keywords.contains(where: { schema[$0] != nil }) else { return nil }
        var rules = Rules.ArrayRules()
        rules.minItems = try count("minItems", schema)
        rules.maxItems = try count("maxItems", schema)
        if let value = schema["uniqueItems"] {
            guard let areUnique = value.bool else { throw failure("uniqueItems", "must be true or false") }
            rules.areUnique = areUnique
        }
        switch current.dialect {
        case .draft7: try items7(schema, &rules)
        case .draft2020: try items2020(schema, &rules)
        }
        if schema["contains"] != nil {
            let is2020 = current.dialect == .draft2020
            rules.contains = .init(
                node: try child("contains"), minimum: is2020 ? try count("minContains", schema) ?? 1 : 1,
                maximum: is2020 ? try count("maxContains", schema) : nil, marks: is2020)
        }
        return rules
    }

    private mutating func items7(_ schema: JSONObject, _ rules: inout Rules.ArrayRules) throws(SchemaFailure) {
        switch schema["items"] {
        case .array(let elements):
            rules.prefix = try elements.indices.map { (place) throws(SchemaFailure) in try child("items", "\(place)") }
            if schema["additionalItems"] != nil {
                (rules.rest, rules.restKeyword) = (try child("additionalItems"), "additionalItems")
            }
        case .some: rules.rest = try child("items")
        case nil: break
        }
    }

    private mutating func items2020(_ schema: JSONObject, _ rules: inout Rules.ArrayRules) throws(SchemaFailure) {
        if let prefix = schema["prefixItems"] {
            guard let elements = prefix.array else { throw failure("prefixItems", "must be an array of schemas") }
            rules.prefix = try elements.indices.map { (place) throws(SchemaFailure) in
                try child("prefixItems", "\(place)")
            }
        }
        guard let items = schema["items"] else { return }
        if items.array != nil {
            let dialect = SchemaDialect.draft7.metaschema + "#"
            throw failure("items", "is an array only in draft 7: use prefixItems, or let $schema be \(dialect)")
        }
        rules.rest = try child("items")
    }
}

// MARK: - Objects

extension SchemaCompiler {
    private static let objectKeywords = [
        "minProperties", "maxProperties", "required", "dependentRequired", "dependentSchemas", "dependencies",
        "properties", "patternProperties", "additionalProperties", "propertyNames",
    ]

    private mutating func objectRules(_ schema: JSONObject) throws(SchemaFailure) -> Rules.ObjectRules? {
        guard Self.objectKeywords.contains(where: { schema[$0] != nil }) else { return nil }
        var rules = Rules.ObjectRules()
        rules.minProperties = try count("minProperties", schema)
        rules.maxProperties = try count("maxProperties", schema)
        if let value = schema["required"] { rules.required = try names(value, "required") }
        for (name, _) in try members("properties", schema) {
            rules.names.append(name)
            rules.properties[ByteString(name)] = try child("properties", name)
        }
        for (source, _) in try members("patternProperties", schema) {
            rules.patterns.append(
                (try pattern(source, in: "patternProperties"), try child("patternProperties", source)))
        }
        if schema["additionalProperties"] != nil { rules.additional = try child("additionalProperties") }
        if schema["propertyNames"] != nil { rules.propertyNames = try child("propertyNames") }
        switch current.dialect {
        case .draft7:
            for (trigger, value) in try members("dependencies", schema) {
                if value.array != nil {
                    rules.dependentRequired.append((trigger, try names(value, "dependencies"), "dependencies"))
                } else {
                    rules.dependentSchemas.append((trigger, try child("dependencies", trigger)))
                }
            }
        case .draft2020:
            for (trigger, value) in try members("dependentRequired", schema) {
                rules.dependentRequired.append((trigger, try names(value, "dependentRequired"), "dependentRequired"))
            }
            for (trigger, _) in try members("dependentSchemas", schema) {
                rules.dependentSchemas.append((trigger, try child("dependentSchemas", trigger)))
            }
        }
        return rules
    }

    private func members(_ keyword: String, _ schema: JSONObject) throws(SchemaFailure) -> [(String, JSON)] {
        guard let value = schema[keyword] else { return [] }
        guard let object = value.object else { throw failure(keyword, "must be an object") }
        return object.members.map { ($0.name, $0.value) }
    }

    private func names(_ value: JSON, _ keyword: String) throws(SchemaFailure) -> [String] {
        let names = (value.array ?? []).compactMap(\.string)
        guard let elements = value.array, names.count == elements.count else {
            throw failure(keyword, "must be an array of names")
        }
        return names
    }
}

// MARK: - In place

extension SchemaCompiler {
    private mutating func applyInPlace(_ schema: JSONObject, _ rules: inout Rules) throws(SchemaFailure) {
        if schema["allOf"] != nil { rules.applied.append(.allOf(try list("allOf", schema))) }
        if schema["anyOf"] != nil { rules.applied.append(.anyOf(try list("anyOf", schema))) }
        if schema["oneOf"] != nil { rules.applied.append(.oneOf(try list("oneOf", schema))) }
        if schema["not"] != nil { rules.applied.append(.not(try child("not"))) }
        if schema["if"] != nil {
            rules.applied.append(
                .conditional(
                    condition: try child("if"), then: schema["then"] == nil ? nil : try child("then"),
                    otherwise: schema["else"] == nil ? nil : try child("else")))
        }
    }

    private mutating func list(_ keyword: String, _ schema: JSONObject) throws(SchemaFailure) -> [NodeID] {
        guard let elements = schema[keyword]?.array, !elements.isEmpty else {
            throw failure(keyword, "must be an array of at least one schema")
        }
        return try elements.indices.map { (place) throws(SchemaFailure) in try child(keyword, "\(place)") }
    }
}
