import ArgumentParser
import Calls
import Interlock
import Messages
import StrictJSON
import Timeline

/// `interlock explain`: what a turn would claim, and who would wait for whom.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says what each call of a turn would claim, and for whom it would wait. Nothing runs.",
        discussion: """
            EXAMPLES
              interlock explain response.json
              interlock explain --json < response.json
            """)

    @Argument(help: "The message; - or nothing is standard input.")
    var file: String?

    @OptionGroup var deployment: DeploymentOptions

    @Option(name: .long, help: "The shape of the message.")
    var format = RunCommand.Format.auto

    @Flag(name: .long, help: "Print JSON; places count from 0.")
    var json = false

    func run() throws {
        let bytes = try Input.open(file).rest(after: [])
        let parsed: ParsedTurn
        do throws(MessageFailure) {
            parsed = try MessageParser.parse(bytes, format: MessageFormat(rawValue: format.rawValue))
        } catch {
            throw CommandFailure(error)
        }
        let host = try deployment.host(runs: false)
        defer { host.leave() }
        let explanations = host.explain(parsed.turn)
        let text =
            json
            ? JSON.array(explanations.enumerated().map(Self.json)).prettyText + "\n"
            : explanations.enumerated().map(Self.text).joined(separator: "\n")
        try Standard.write(Array(text.utf8))
    }

    static func text(_ place: Int, _ explanation: Explanation) -> String {
        let label = CallLabel(explanation.call)
        var lines = ["\(place + 1)  \(label.tool) \(label.argument)"]
        if let refusal = explanation.refusal {
            lines.append("   is refused: \(Printable.text(refusal))")
        } else {
            lines += explanation.claims.map { "   claims \(Printable.text($0))" }
            if explanation.isProvisional {
                lines.append(
                    "   claims more than it will need, until the earlier calls have settled what its paths mean")
            }
            lines += explanation.waitsFor.map { obstacle in
                let on = Printable.text(obstacle.resource)
                return "   waits for \(obstacle.place + 1) on \(on) (\(obstacle.mode.rawValue))"
            }
            if explanation.waitsFor.isEmpty { lines.append("   starts at once") }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    static func json(_ place: Int, _ explanation: Explanation) -> JSON {
        let obstacles = explanation.waitsFor.map { obstacle -> JSON in
            [
                "place": .int(obstacle.place), "resource": .string(obstacle.resource),
                "mode": .string(obstacle.mode.rawValue),
            ]
        }
        var object = JSONObject([
            ("place", .int(place)), ("id", .string(explanation.call.id)), ("tool", .string(explanation.call.tool)),
            ("claims", .array(explanation.claims.map(JSON.string))), ("provisional", .bool(explanation.isProvisional)),
            ("waitsFor", .array(obstacles)),
        ])
        object["refusal"] = explanation.refusal.map(JSON.string)
        return .object(object)
    }
}
