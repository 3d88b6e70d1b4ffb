import StrictJSON

/// The drafts that are understood, and where each keeps its subschemas.
enum SchemaDialect: Sendable {
    case draft7, draft2020

    /// What a keyword holds, as far as schemas are concerned.
    enum Shape {
        case one, list, members
        /// Draft 7: one or a list (`items`), schemas among lists of names (`dependencies`).
        case oneOrList, someMembers
    }

    var metaschema: String {
        switch self {
        case .draft7: "http://json-schema.org/draft-07/schema"
        case .draft2020: "https://json-schema.org/draft/2020-12/schema"
        }
    }

    /// Of the document's `$schema`; nil when it has none.
    static func declared(by json: JSON, at location: String) throws(SchemaFailure) -> SchemaDialect? {
        guard let declared = json["$schema"] else { return nil }
        guard let uri = declared.string else {
            throw SchemaFailure(location: location.appendingPointer("$schema"), reason: "must be a string")
        }
        switch SchemaURI(uri).document {
        case SchemaDialect.draft2020.metaschema: return .draft2020
        case SchemaDialect.draft7.metaschema, "https://json-schema.org/draft-07/schema": return .draft7
        default:
            throw SchemaFailure(
                location: location.appendingPointer("$schema"),
                reason: "the dialect \(quoted(uri)) is not known; known are \(SchemaDialect.draft2020.metaschema)"
                    + " (also when none is named) and \(SchemaDialect.draft7.metaschema)#")
        }
    }

    var subschemas: [(keyword: String, shape: Shape)] {
        switch self {
        case .draft7: Self.common + Self.only7
        case .draft2020: Self.common + Self.only2020
        }
    }

    private static let common: [(keyword: String, shape: Shape)] = [
        ("definitions", .members), ("properties", .members), ("patternProperties", .members),
        ("additionalProperties", .one), ("propertyNames", .one), ("contains", .one), ("allOf", .list), ("anyOf", .list),
        ("oneOf", .list), ("not", .one), ("if", .one), ("then", .one), ("else", .one),
    ]
    private static let only7: [(keyword: String, shape: Shape)] = [
        ("items", .oneOrList), ("additionalItems", .one), ("dependencies", .someMembers),
    ]
    private static let only2020: [(keyword: String, shape: Shape)] = [
        ("$defs", .members), ("items", .one), ("prefixItems", .list), ("dependentSchemas", .members),
        ("unevaluatedItems", .one), ("unevaluatedProperties", .one), ("contentSchema", .one),
    ]

    /// In draft 7 a reference stands alone: what is beside it is not looked at, but may be referred to.
    func isPlainReference(_ object: JSONObject) -> Bool {
        self == .draft7 && object["$ref"]?.string != nil
    }
}
