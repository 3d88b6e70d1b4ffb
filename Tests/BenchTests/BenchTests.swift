import Foundation
import StrictJSON
import TestSupport
import Testing

/// That the bench runs, and says what it found; not what it finds.
@Suite("The bench")
struct BenchTests {
    @Test("every row is measured, and the JSON says of what, against what and how to do it again")
    func runsEveryRow() throws {
        let names = try run(["--list"]).split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
        let report = try JSONParser.parse(Array(try run(["--quick", "--json"]).utf8))
        guard case .array(let lines)? = report["lines"] else { throw Failure(what: "no lines in \(report.text)") }
        #expect(lines.map { $0["row"]?.string } == names)
        #expect(Set(names).count == names.count)
        for line in lines {
            #expect(line["command"]?.string == "make bench ONLY=\(line["row"]?.string ?? "")")
            #expect(line["rounds"] == 1, "\(line.text)")
        }
    }

    @Test("no edit is lost")
    func losesNothing() throws {
        let report = try JSONParser.parse(Array(try run(["--quick", "--json", "--only", "edits-lost"]).utf8))
        guard case .array(let lines)? = report["lines"] else { throw Failure(what: "no lines in \(report.text)") }
        #expect(lines.map { $0["isMet"] } == [true])
    }

    @Test("the page gets its table between the marks, and keeps what is around them")
    func writesThePage() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("bench-page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (page, report) = (directory.path + "/page.md", directory.path + "/report.json")
        try Data("before\n<!-- bench -->\nold\n<!-- end of bench -->\nafter\n".utf8).write(
            to: URL(fileURLWithPath: page))
        _ = try run(["--quick", "--only", "slots-even", "--report", report])
        _ = try run(["--page", page, "--from", report])
        let text = try String(contentsOfFile: page, encoding: .utf8)
        #expect(text.hasPrefix("before\n<!-- bench -->\n"))
        #expect(text.hasSuffix("<!-- end of bench -->\nafter\n"))
        #expect(text.contains("| `slots-even` |"))
        #expect(!text.contains("old"))
    }

    private struct Failure: Error {
        var what: String
    }

    private func run(_ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: Bundled.product("bench"))
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(what: String(decoding: bytes, as: UTF8.self)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
