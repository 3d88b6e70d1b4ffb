import StrictJSON

/// The schemas of schemas: the only documents besides its own that a schema may refer to.
enum Metaschemas {
    private static let texts: [String: String] = [
        "http://json-schema.org/draft-07/schema": draft7,
        "https://json-schema.org/draft/2020-12/schema": schema2020,
        "https://json-schema.org/draft/2020-12/meta/core": core2020,
        "https://json-schema.org/draft/2020-12/meta/applicator": applicator2020,
        "https://json-schema.org/draft/2020-12/meta/unevaluated": unevaluated2020,
        "https://json-schema.org/draft/2020-12/meta/validation": validation2020,
        "https://json-schema.org/draft/2020-12/meta/meta-data": metaData2020,
        "https://json-schema.org/draft/2020-12/meta/format-annotation": formatAnnotation2020,
        "https://json-schema.org/draft/2020-12/meta/format-assertion": formatAssertion2020,
        "https://json-schema.org/draft/2020-12/meta/content": content2020,
    ]

    static var uris: [String] { texts.keys.sorted() }

    /// The document of an absolute URI without fragment; nil if it is none of ours.
    static func document(_ uri: String) throws(SchemaFailure) -> JSON? {
        guard let text = texts[uri] else { return nil }
        do {
            return try JSONParser.parse(text)
        } catch {
            throw SchemaFailure(location: uri, reason: "the built-in metaschema is damaged: \(error)")
        }
    }
}
