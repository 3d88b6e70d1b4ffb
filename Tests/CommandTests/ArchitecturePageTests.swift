import Foundation
import TestSupport
import Testing

/// The page on architecture says of each room what it imports; the package's manifest decides it.
@Suite("The table of rooms")
struct ArchitecturePageTests {
    /// A room of its own row, or two that share one and may import each other.
    private struct Row {
        var rooms: Set<String>
        var imports: Set<String>
    }

    private static func text(_ file: String) throws -> String {
        try String(contentsOfFile: Workshop.repository + "/" + file, encoding: .utf8)
    }

    private static func rows() throws -> [Row] {
        let page = try text("docs/architecture.md")
        let section = page.components(separatedBy: "## The rooms")[1].components(separatedBy: "\n## ")[0]
        return section.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map(String.init)
            guard cells.count == 3, cells[0].contains("`") else { return nil }
            return Row(rooms: names(cells[0], #"`(\w+)`"#), imports: names(cells[2], #"(\w+)"#))
        }
    }

    /// Of the rooms of the host, with what each lists; `StrictJSON` is for everybody.
    private static func manifest() throws -> [String: Set<String>] {
        let targets = try text("Package.swift").components(separatedBy: "// Plugins: public ABI only.")[0]
            .components(separatedBy: "    targets: [\n")[1]
        let begins = try Regex(#"(?m)^ {8}(room|\.target|\.executableTarget)\("#)
        var rooms: [String: Set<String>] = [:]
        for target in targets.split(separator: begins).dropFirst() {
            let parts = target.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let rest = String(parts[2])
            let list = rest.split(separator: "[").dropFirst().first.map(String.init) ?? ""
            let isOfPackage = !rest.contains("linkerSettings")
            let own = list.replacing(try Regex(#"\.product\([^)]*\)"#), with: "")
            rooms[String(parts[1])] = isOfPackage ? names(own, #""(\w+)""#).subtracting(["StrictJSON"]) : []
        }
        return rooms
    }

    private static func names(_ text: String, _ pattern: String) -> Set<String> {
        guard let pattern = try? Regex(pattern) else { return [] }
        return Set(text.matches(of: pattern).compactMap { $0.output[1].substring.map(String.init) })
    }

    @Test("names every room, and what it imports")
    func rooms() throws {
        let manifest = try Self.manifest()
        let rows = try Self.rows()
        #expect(Set(rows.flatMap(\.rooms)) == Set(manifest.keys))
        for row in rows {
            let listed = row.rooms.reduce(into: Set<String>()) { $0.formUnion(manifest[$1] ?? []) }
            #expect(row.imports == listed.subtracting(row.rooms), "\(row.rooms.sorted())")
        }
    }
}
