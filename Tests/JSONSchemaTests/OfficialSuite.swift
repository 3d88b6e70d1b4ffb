import Foundation
import JSONSchema
import StrictJSON

/// The official tests of JSON Schema, from the fixture. See its README for where they come from.
struct OfficialSuite {
    struct Group {
        /// "draft7/ref.json"
        var file: String
        var description: String
        /// "ref.json: remote ref"
        var name: String
        var schema: JSON
        var tests: [(description: String, data: JSON, isValid: Bool)]
    }

    struct Damaged: Error {
        var file: String
    }

    static let drafts = ["draft2020-12", "draft7"]

    static func groups(_ folder: String) throws -> [Group] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/json-schema-test-suite/tests")
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
        return try names.filter { $0.hasSuffix(".json") }.sorted().flatMap { name in
            let file = "\(folder)/\(name)"
            let content = try JSONParser.parse([UInt8](Data(contentsOf: root.appending(path: file))))
            guard let groups = content.array else { throw Damaged(file: file) }
            return try groups.map { try group($0, file) }
        }
    }

    private static func group(_ json: JSON, _ file: String) throws -> Group {
        guard let description = json["description"]?.string, var schema = json["schema"],
            let tests = json["tests"]?.array
        else { throw Damaged(file: file) }
        // Draft 7's schemas leave out $schema; a runner names the draft, and here $schema is the way to do that.
        if file.hasPrefix("draft7/"), var object = schema.object, object["$schema"] == nil {
            object["$schema"] = "http://json-schema.org/draft-07/schema#"
            schema = .object(object)
        }
        return Group(
            file: file, description: description,
            name: "\(file.split(separator: "/").last ?? ""): \(description)", schema: schema,
            tests: try tests.map { test in
                guard let description = test["description"]?.string, let data = test["data"],
                    let isValid = test["valid"]?.bool
                else { throw Damaged(file: file) }
                return (description, data, isValid)
            })
    }
}
