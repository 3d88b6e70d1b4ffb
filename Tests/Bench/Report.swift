import Foundation

/// What a run of the bench found, as it is written and read.
struct Report: Codable, Sendable {
    struct Line: Codable, Sendable {
        var row: String
        var section: String
        var subject: String
        var reference: String
        var unit: String
        var figure: Spread
        /// The thing by its reference.
        var ratio: Spread
        var rounds: Int
        var goal: Double?
        /// nil when there is no goal.
        var isMet: Bool?
        /// Measures this row alone.
        var command: String
        /// Why there are no figures.
        var problem: String?
    }

    var machine: Machine
    var lines: [Line] = []

    init(machine: Machine) { self.machine = machine }

    init(contentsOf file: String) throws {
        self = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    }

    mutating func add(_ row: Row, _ rounds: [Round]) {
        let figure = Spread(rounds.map(row.unit.figure))
        lines.append(
            Line(
                row: row.name, section: row.section.rawValue, subject: row.subject, reference: row.reference,
                unit: row.unit.words, figure: figure, ratio: Spread(rounds.map(\.ratio)), rounds: rounds.count,
                goal: row.goal, isMet: row.goal.map { figure.median <= $0 }, command: Self.command(row)))
    }

    mutating func add(_ row: Row, problem: String) {
        lines.append(
            Line(
                row: row.name, section: row.section.rawValue, subject: row.subject, reference: row.reference,
                unit: row.unit.words, figure: Spread([0]), ratio: Spread([0]), rounds: 0, goal: row.goal, isMet: nil,
                command: Self.command(row), problem: problem))
    }

    private static func command(_ row: Row) -> String {
        "make bench ONLY=\(row.name)\(row.section == .peers ? " PEERS=1" : "")"
    }

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self) + Data("\n".utf8)
        }
    }
}

// MARK: - For people

extension Report.Line {
    var goalWords: String { goal.map { "≤ \(Self.words($0)) \(unit)" } ?? "" }

    var verdict: String { problem ?? isMet.map { $0 ? "ok" : "**missed**" } ?? "" }

    var figureWords: String { problem == nil ? "\(Self.words(figure)) \(unit)" : "" }

    var ratioWords: String { problem == nil && unit != "×" && ratio.max > 0 ? "\(Self.words(ratio)) ×" : "" }

    private static func words(_ spread: Spread) -> String {
        spread.min == spread.max
            ? words(spread.median) : "\(words(spread.median)) (\(words(spread.min)) – \(words(spread.max)))"
    }

    /// Three digits that matter, and no more zeros than that.
    private static func words(_ figure: Double) -> String {
        let size = abs(figure)
        if size >= 100 || figure == figure.rounded() { return String(format: "%.0f", figure) }
        return String(format: size >= 10 ? "%.1f" : size >= 0.01 ? "%.2f" : "%.3f", figure)
    }
}

extension Report {
    /// As Markdown: the machine, and a table for each section.
    var page: String {
        var page = machine.words + "\n"
        for section in Row.Section.allCases {
            let lines = lines.filter { $0.section == section.rawValue }
            if lines.isEmpty { continue }
            page += "\n### \(section.rawValue)\n\n"
            page += "| row | what | against | figure | as a ratio | goal | |\n|---|---|---|---|---|---|---|\n"
            for line in lines {
                let cells = [
                    "`\(line.row)`", line.subject, line.reference, line.figureWords, line.ratioWords, line.goalWords,
                    line.verdict,
                ]
                page += "| \(cells.joined(separator: " | ")) |\n"
            }
        }
        return page
    }

    /// Puts the page between two marks of a file.
    func write(into file: String) throws {
        let marks = ("<!-- bench -->\n", "<!-- end of bench -->")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard let start = text.range(of: marks.0), let end = text.range(of: marks.1), start.upperBound <= end.lowerBound
        else { throw BenchFailure("\(file) has no place for the table, between \"\(marks.0)\" and \"\(marks.1)\"") }
        let page = text[..<start.upperBound] + "\n" + page + "\n" + text[end.lowerBound...]
        try Data(page.utf8).write(to: URL(fileURLWithPath: file))
    }
}

struct BenchFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
