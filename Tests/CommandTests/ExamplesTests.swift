import Foundation
import StrictJSON
import Testing

/// Every example is run as its reader would, and what comes out is compared with `expected/`. With INTERLOCK_RECORD in the
/// environment those files are written instead, to be looked at before they are committed.
@Suite struct ExamplesTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let examples = tests.appendingPathComponent("../../Examples").standardized.path

    private func expect(_ text: String, is name: String) throws {
        let file = Self.tests.appendingPathComponent("expected/" + name)
        if ProcessInfo.processInfo.environment["INTERLOCK_RECORD"] != nil { try Data(text.utf8).write(to: file) }
        #expect(try text == String(contentsOf: file, encoding: .utf8), "\(name)")
    }

    private func withExample(_ body: (String) throws -> Void) throws {
        let copy = NSTemporaryDirectory() + "interlock-example-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: Self.examples + "/workspace", toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try body(copy)
    }

    private func tree(_ directory: String) throws -> String {
        try FileManager.default.subpathsOfDirectory(atPath: directory).sorted().map { name in
            let contents = FileManager.default.contents(atPath: directory + "/" + name)
            return "== \(name)\n" + (contents.map { String(decoding: $0, as: UTF8.self) } ?? "")
        }.joined()
    }

    @Test("the turn of `make demo`, under every policy", arguments: ["contracts", "serial", "rwlock", "barriers"])
    func turn(policy: String) throws {
        try withExample { workspace in
            let run = try Run([
                "run", Self.examples + "/turn.json", "--workspace", workspace, "--strict", "--policy", policy,
            ])
            #expect(run.status == 0, "\(run.error)")
            try expect(try JSONParser.parse(run.output).prettyText + "\n", is: "turn-answers.json")
            try expect(try tree(workspace), is: "turn-workspace.txt")
        }
    }

    @Test("what the turn will claim, and who will wait for whom")
    func explanation() throws {
        try withExample { workspace in
            let run = try Run(["explain", Self.examples + "/turn.json", "--workspace", workspace])
            #expect(run.status == 0, "\(run.error)")
            try expect(run.output, is: "turn-explained.txt")
        }
    }

    @Test("the template in C, built with nothing but its Makefile")
    func templateC() throws {
        try withPlugin("template-c") { options in
            let append = try Run(["call", "template_append", #"{"path": "notes/new.md", "line": "one"}"#] + options)
            #expect(append.status == 0 && append.output == "made the file with one line\n", "\(append.error)")
            let count = try Run(["call", "template_count", #"{"path": "notes/new.md"}"#] + options)
            #expect(count.status == 0 && count.output == "1 lines, 4 bytes\n", "\(count.error)")
        }
    }

    @Test("the template in Swift, built with nothing but its Makefile")
    func templateSwift() throws {
        try withPlugin("template-swift") { options in
            let count = try Run(["call", "word_count", #"{"path": "docs/brewing.md"}"#] + options)
            #expect(count.status == 0 && count.output == "6 words\n", "\(count.error)")
            let shout = try Run(["call", "shout", #"{"path": "notes/todo.md"}"#] + options)
            #expect(shout.status == 0 && shout.output == "shouted\n", "\(shout.error)")
        }
    }

    @Test("the README shows the template's tool as it is")
    func readme() throws {
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: Self.examples + "/" + name, encoding: .utf8)
        }
        let template = try text("template-swift/Template.swift")
        let tool = try #require(template.range(of: "struct WordCount"))
        let end = try #require(template.range(of: "\n}\n", range: tool.lowerBound..<template.endIndex))
        let lines = template[tool.lowerBound..<end.upperBound].split(separator: "\n", omittingEmptySubsequences: false)
        let shown = lines.filter { !$0.contains("///") }.joined(separator: "\n")
        #expect(try text("../README.md").contains("```swift\n" + shown + "```"))
    }

    /// Builds in a copy, so that the checkout stays clean; `body` gets the options for the command.
    private func withPlugin(_ example: String, _ body: ([String]) throws -> Void) throws {
        try withExample { workspace in
            let directory = workspace + "/" + example
            try FileManager.default.copyItem(atPath: Self.examples + "/" + example, toPath: directory)
            let repository = URL(fileURLWithPath: Self.examples).deletingLastPathComponent().path
            let make = Process()
            make.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            make.arguments = [
                "make", "-s", "-B", "-C", directory, "INTERLOCK=\(repository)",
                "HEADERS=\(repository)/Sources/CInterlock/include",
            ]
            try make.run()
            make.waitUntilExit()
            #expect(make.terminationStatus == 0)
            try body(["--workspace", workspace, "--plugin", directory + "/template.so"])
        }
    }
}
