import ArgumentParser
import Foundation

/// Measures what Interlock promises, each row against a reference in the same run.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures what Interlock promises: every figure against a reference in the same run.",
        discussion: """
            Rounds of the thing and of its reference take turns, and the median of the rounds counts. A missed goal is \
            told, and is no failure.
            """)

    @Option(help: "Only rows whose names begin so; may be given several times.")
    var only: [String] = []

    @Flag(help: "Other runners too: those that scripts/peers has installed.")
    var peers = false

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "List the rows, and measure nothing.")
    var list = false

    @Option(help: ArgumentHelp("Write the JSON into this file too.", valueName: "file"))
    var report: String?

    @Option(help: ArgumentHelp("Put what --report wrote into this page, and measure nothing.", valueName: "file"))
    var page: String?

    @Option(help: ArgumentHelp("Where --page finds it.", valueName: "file"))
    var from = ".build/bench.json"

    @Flag(help: ArgumentHelp("The smallest sizes, one round: to see that it runs.", visibility: .hidden))
    var quick = false

    func run() async throws {
        if let page {
            return try Report(contentsOf: from).write(into: page)
        }
        let rows = Rows.all(peers: peers).filter { row in only.isEmpty || only.contains { row.name.hasPrefix($0) } }
        if rows.isEmpty { throw ValidationError("no row has such a name; --list names them") }
        if list { return rows.forEach { print($0.name, $0.subject, $0.reference, separator: "\t") } }
        let found = try await measure(rows)
        if json { FileHandle.standardOutput.write(try found.json) }
        if let report { try found.json.write(to: URL(fileURLWithPath: report)) }
    }

    private func measure(_ rows: [Row]) async throws -> Report {
        var report = try await withDirectory { Report(machine: Machine(filesIn: $0)) }
        for row in rows {
            do {
                let rounds = try await withDirectory { directory in
                    try await row.measure(Setting(isQuick: quick, directory: directory))
                }
                report.add(row, rounds)
            } catch let missing as Peers.Missing {
                report.add(row, problem: missing.description)
            }
            if !json, let line = report.lines.last { say(line) }
        }
        report.machine.end()
        if !json { say(report.machine.words) }
        return report
    }

    private func say(_ line: Report.Line) {
        say("\(line.row): \(line.figureWords)  \(line.ratioWords)  \(line.goalWords)  \(line.verdict)")
    }

    /// At once, also into a file: the whole takes minutes.
    private func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let directory = URL(fileURLWithPath: Setting.place).appendingPathComponent(
            "interlock-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer {
            do {
                try FileManager.default.removeItem(at: directory)
            } catch {
                print("could not remove \(directory.path): \(error)")
            }
        }
        return try await body(directory.path)
    }
}
