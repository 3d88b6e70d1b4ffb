import Foundation
import Testing

@testable import Configuration

/// docs/configuration.md against the tables of fields.
@Suite struct ReferenceTests {
    private static func page() throws -> String {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        return try String(contentsOf: repository.appendingPathComponent("docs/configuration.md"), encoding: .utf8)
    }

    @Test("the reference's example is a valid configuration")
    func example() throws {
        let blocks = try Self.page().components(separatedBy: "```")
        let example = try #require(blocks.first { $0.hasPrefix("yaml\n") }).dropFirst(5)
        let settings = try Settings.parse(String(example), file: "configuration.md")
        #expect(settings.plugins?.value.count == 1)
    }

    @Test("the reference's example has every key that there is")
    func keys() throws {
        let page = try Self.page()
        let names =
            Settings.fields.map(\.name) + PluginSettings.fields.map(\.name) + ToolSettings.fields.map(\.name)
            + LimitSettings.fields.map(\.name) + WorkerSettings.fields.map(\.name) + RootSettings.fields.map(\.name)
        for name in names { #expect(page.contains("\(name):"), "\(name)") }
    }
}
