import Foundation
import TestSupport

/// A directory for hosts to meet in: workspaces, a configuration with a lock file of its own and one without any, the plugin
/// with the tools that lose lines. Removed with the object.
package final class Playground: Sendable {
    private let workshop: Workshop

    package init(_ settings: String = "") throws {
        workshop = try Workshop()
        for name in ["home", "work"] { try makeDirectory(name) }
        // Inside the host: what it leaves behind is to outlive it.
        let settings = "plugins: [{ file: \(path("journal.so")), isolation: in-process }]\n" + settings
        try write("config.yaml", "locks: \(path("state/locks"))\n" + settings)
        try write("alone.yaml", "locks: none\n" + settings)
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/journal.c")
        _ = try workshop.buildC(source.path, named: "journal.so")
    }

    package func path(_ name: String) -> String { workshop.directory + "/" + name }

    package func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    }

    package func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    package func text(_ name: String) -> String {
        FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    package func lines(_ name: String) -> [String] { text(name).wholeLines }

    package func names(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(name))
    }
}

extension String {
    /// Without what stands behind the last line end.
    var wholeLines: [String] {
        split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast()
    }
}
