import ArgumentParser
import Calls
import Messages
import StrictJSON
import Timeline

/// `interlock call`: one call, typed by hand.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Calls one tool, and prints what it has to say.",
        discussion: """
            The exit status is 1 when the call did not succeed; why is said on standard error.

            EXAMPLES
              interlock call file_read '{"path": "README.md"}'
              interlock call file_search '{"pattern": "TODO"}' --json
            """)

    @Argument(help: "The tool's name; `interlock list` shows them.")
    var tool: String

    @Argument(help: "The arguments, a JSON object; - reads them from standard input.")
    var arguments = "{}"

    @OptionGroup var deployment: DeploymentOptions

    @Flag(name: .long, help: "Print the outcome as JSON.")
    var json = false

    mutating func run() async throws {
        let text = arguments == "-" ? try Input.open("-").rest(after: []) : Array(arguments.utf8)
        let value: JSON
        do throws(JSONParser.Failure) {
            value = try JSONParser.parse(text)
        } catch {
            throw CommandFailure(
                "the arguments are not valid JSON: \(error)", help: "write an object, like '{\"path\": \"README.md\"}'")
        }
        let host = try deployment.host(runs: true)
        defer { host.leave() }
        let asked: JSON = ["id": 1, "tool": .string(tool), "arguments": value]
        let line = CallLine(JSONLinesReader.Line(number: 1, content: .text(asked.bytes)))
        let result = try await TurnDriver(host, .init(isVerbose: deployment.verbose)).run(.calls([line.call]))
        for outcome in result.outcomes { try print(outcome, line) }
        if let signal = result.interruptedBy { throw ExitCode(128 + signal) }
        if result.outcomes.contains(where: { $0.kind != .succeeded }) { throw ExitCode(CommandFailure.status) }
    }

    private func print(_ outcome: Outcome, _ line: CallLine) throws {
        if json { return try Standard.write(Array((line.answer(outcome).prettyText + "\n").utf8)) }
        var last: UInt8 = 0x0A
        for piece in outcome.content {
            let bytes: [UInt8]
            switch piece {
            case .text(let text): bytes = Array(text.utf8)
            case .data(_, let data): bytes = data
            }
            try Standard.write(bytes)
            last = bytes.last ?? last
        }
        if outcome.content.isEmpty, let structured = outcome.structured {
            try Standard.write(Array((structured.prettyText + "\n").utf8))
        }
        if last != 0x0A { try Standard.write([0x0A]) }
        if outcome.kind != .succeeded {
            let lines = AnswerParts.verdict(of: outcome).split(separator: "\n", omittingEmptySubsequences: false)
            let message = lines.map { Printable.text(String($0)) }.joined(separator: "\n")
            Standard.note("error: \(tool): \(message)")
        }
    }
}
