import StrictJSON
import Testing

@testable import JSONSchema

/// What of the official suite is not executed, each group by name: it needs documents from another place, which are
/// never fetched. That such a schema is refused, with this reason, is tested instead.
private let leftOut: [String: [String]] = [
    "draft2020-12": [
        "dynamicRef.json: strict-tree schema, guards against misspelled properties",
        "dynamicRef.json: tests for implementation dynamic anchor and reference link",
        "dynamicRef.json: $ref and $dynamicAnchor are independent of order - $defs first",
        "dynamicRef.json: $ref and $dynamicAnchor are independent of order - $ref first",
        "dynamicRef.json: $ref to $dynamicRef finds detached $dynamicAnchor",
        "refRemote.json: remote ref",
        "refRemote.json: fragment within remote ref",
        "refRemote.json: anchor within remote ref",
        "refRemote.json: ref within remote ref",
        "refRemote.json: base URI change",
        "refRemote.json: base URI change - change folder",
        "refRemote.json: base URI change - change folder in subschema",
        "refRemote.json: root ref in remote ref",
        "refRemote.json: remote ref with ref to defs",
        "refRemote.json: Location-independent identifier in remote ref",
        "refRemote.json: retrieved nested refs resolve relative to their URI not $id",
        "refRemote.json: remote HTTP ref with different $id",
        "refRemote.json: remote HTTP ref with different URN $id",
        "refRemote.json: remote HTTP ref with nested absolute ref",
        "refRemote.json: $ref to $ref finds detached $anchor",
        "vocabulary.json: schema that uses custom metaschema with with no validation vocabulary",
        "vocabulary.json: ignore unrecognized optional vocabulary",
    ],
    "draft7": [
        "refRemote.json: remote ref",
        "refRemote.json: fragment within remote ref",
        "refRemote.json: ref within remote ref",
        "refRemote.json: base URI change",
        "refRemote.json: base URI change - change folder",
        "refRemote.json: base URI change - change folder in subschema",
        "refRemote.json: root ref in remote ref",
        "refRemote.json: remote ref with ref to definitions",
        "refRemote.json: Location-independent identifier in remote ref",
        "refRemote.json: retrieved nested refs resolve relative to their URI not $id",
        "refRemote.json: $ref to $ref finds location-independent $id",
    ],
    "draft2020-12/optional": ["cross-draft.json: refs to historic drafts are processed as historic drafts"],
    "draft7/optional": ["cross-draft.json: refs to future drafts are processed as future drafts"],
]

/// How many tests must have been executed: a fixture that shrinks, or a group that is skipped, fails.
private let executed = [
    "draft2020-12": 1208, "draft7": 890, "draft2020-12/optional": 117, "draft7/optional": 106,
]

@Suite("The official test suite")
struct OfficialSuiteTests {
    @Test("every test that needs no other document passes", arguments: leftOut.keys.sorted())
    func passes(folder: String) throws {
        let out = try #require(leftOut[folder])
        var count = 0
        for group in try OfficialSuite.groups(folder) where !out.contains(group.name) {
            do {
                let schema = try Schema(group.schema)
                for test in group.tests {
                    count += 1
                    let violations = schema.validate(test.data)
                    #expect(
                        violations.isEmpty == test.isValid,
                        "\(group.name): \(test.description): \(violations.map(\.description))")
                    #expect(violations.allSatisfy { !$0.message.isEmpty && $0.schema.contains("#") })
                }
            } catch {
                Issue.record("\(group.name): \(error)")
            }
        }
        #expect(count == executed[folder])
    }

    @Test("what is left out is refused because it refers to another document", arguments: leftOut.keys.sorted())
    func leftOutIsRefused(folder: String) throws {
        var out = Set(try #require(leftOut[folder]))
        for group in try OfficialSuite.groups(folder) where out.remove(group.name) != nil {
            #expect {
                _ = try Schema(group.schema)
            } throws: { error in
                let reason = (error as? SchemaFailure)?.reason ?? ""
                return reason.contains("refers to another document") || reason.contains("dialect")
            }
        }
        #expect(out.isEmpty, "no such groups: \(out)")
    }

    @Test("what loads is valid by its metaschema, but where the suite itself is not", arguments: OfficialSuite.drafts)
    func metaschemas(folder: String) throws {
        for group in try OfficialSuite.groups(folder) {
            guard (try? Schema(group.schema)) != nil else { continue }
            let violations = try Schema.violations(ofSchema: group.schema)
            #expect(violations.isEmpty, "\(group.name): \(violations.map(\.description))")
        }
    }

    @Test("the metaschemas are valid by themselves", arguments: Metaschemas.uris)
    func metaschemasThemselves(uri: String) throws {
        let document = try #require(try Metaschemas.document(uri))
        _ = try Schema(document)
        #expect(try Schema.violations(ofSchema: document).isEmpty)
    }
}
