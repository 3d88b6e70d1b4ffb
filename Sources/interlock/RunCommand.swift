import ArgumentParser
import Calls
import Messages
import StrictJSON
import System
import Timeline

/// `interlock run`: one turn, from a message to the messages that answer it.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the calls of a model's message, and prints the messages that answer it.",
        discussion: """
            The message comes as the model's API returned it, and the answer goes out in the same shape: one JSON \
            document. JSON Lines (one call a line) are answered line by line in their order, and may arrive slowly: each \
            call starts as soon as it may.

            Ctrl-C cancels the turn, and still answers every call; a second one leaves at once.

            EXAMPLES
              interlock run response.json --timeline
              curl … | interlock run --workspace ~/project > answers.json
              interlock run --format jsonl < calls.jsonl
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case auto, openai, responses, anthropic, gemini, jsonl
    }

    @Argument(help: "The message; - or nothing is standard input.")
    var file: String?

    @OptionGroup var deployment: DeploymentOptions

    @Option(name: .long, help: "The shape of the message.")
    var format = Format.auto

    @Flag(name: .long, help: "Draw the turn on standard error when it has ended.")
    var timeline = false

    @Flag(name: .long, help: "Print JSON Lines of what happens, as it happens, before the answer.")
    var events = false

    @Flag(name: .long, help: "Exit with status 1 when a call did not succeed.")
    var strict = false

    @Option(name: .long, help: "Colours in the timeline.")
    var color = ColorChoice.auto

    mutating func run() async throws {
        let input = try Input.open(file)
        let host = try deployment.host(runs: true)
        defer { host.leave() }
        let (source, parsed) = try read(input)
        let result = try await TurnDriver(host, options(streams: parsed == nil)).run(source)
        if let parsed { try Standard.write(parsed.output(outcomes: result.outcomes)) }
        if timeline {
            let style = PictureStyle(
                width: Standard.width, usesUnicode: Standard.usesUnicode, usesColor: Standard.usesColor(color))
            Standard.picture(TimelinePicture.draw(result.timeline, style))
        }
        if let signal = result.interruptedBy { throw ExitCode(128 + signal) }
        if strict, result.outcomes.contains(where: { $0.kind != .succeeded }) { throw ExitCode(CommandFailure.status) }
    }

    /// JSON Lines are not read to their end before the turn begins; anything else is one document.
    private func read(_ input: Input) throws -> (TurnDriver.Source, ParsedTurn?) {
        if format == .jsonl { return (.lines([], input), nil) }
        let (line, read, isAtEnd) = try input.firstLine()
        if format == .auto, MessageFormat.opensJSONLines(line) { return (.lines(read, input), nil) }
        let bytes = isAtEnd ? read : try input.rest(after: read)
        do throws(MessageFailure) {
            let parsed = try MessageParser.parse(bytes, format: MessageFormat(rawValue: format.rawValue))
            return (.calls(parsed.turn.calls), parsed)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func options(streams: Bool) -> TurnDriver.Options {
        var options = TurnDriver.Options(recordsTimeline: timeline, isVerbose: deployment.verbose)
        if events {
            let lines = Guarded(EventLines())
            options.onEvent = { event, call in
                let line = lines.withLock { $0.json(event, call: call).bytes }
                try Standard.write(line + [0x0A])
            }
        }
        if streams {
            options.onAnswer = { line, outcome in
                guard let line else { return }
                try Standard.write(line.answer(outcome).bytes + [0x0A])
            }
        }
        return options
    }
}
