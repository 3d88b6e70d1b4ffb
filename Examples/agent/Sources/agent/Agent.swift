import Foundation
import Interlock

/// An agent in miniature: a model, tools, and the loop between them. The model is a script; all the rest is as it would be.
///
///     agent script.json workspace
///
/// The transcript goes to standard output, what happens meanwhile to standard error.
@main
struct Agent {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            fail("usage: agent SCRIPT WORKSPACE")
        }
        let model = try ScriptedModel(file: arguments[1])
        let workspace = try TemporaryCopy(of: arguments[2])
        defer { workspace.remove() }

        let work = Task {
            let plugins = try Deployment.Plugin.bundled()
            try await withHost(Deployment(workspace: workspace.path, plugins: plugins)) { host in
                for problem in host.problems { note("warning: \(problem)") }
                try await converse(model, host)
            }
        }
        // Ctrl-C cancels the task; with it the turn that runs, whose calls are all answered; and the host ends in order.
        let interrupts = Interrupts { work.cancel() }
        defer { interrupts.stop() }
        do {
            try await work.value
        } catch is CancellationError {
            print("\ninterrupted")
        }
    }

    /// The loop: the model's message, its calls, their answers, and again, until a message has no calls.
    static func converse(_ model: ScriptedModel, _ host: Interlock.Host) async throws {
        let tools = ToolDefinitions.json(host.tools, .openai)
        var conversation: [JSON] = [["role": "user", "content": "Get the teapot server ready for its release."]]
        while true {
            let message = try await model.answer(to: conversation, tools: tools)
            conversation.append(message)
            print("\nmodel: \(message["content"]?.string ?? "")")

            let asked = try MessageParser.parse(message, format: .openai)
            if asked.turn.calls.isEmpty { return }
            let explanations = host.explain(asked.turn)
            let outcomes = await host.run(asked.turn) { events in
                for await event in events { report(event, of: asked.turn.calls[event.place]) }
            }
            for (place, explanation) in explanations.enumerated() { show(place, explanation, outcomes[place]) }
            try Task.checkCancellation()
            conversation += asked.render(outcomes: outcomes)
        }
    }

    /// A call, for whom it had to wait, and the first line of what the model is told of it.
    static func show(_ place: Int, _ explanation: Explanation, _ outcome: Outcome) {
        var line = "  \(place + 1) \(explanation.call.tool) \(explanation.call.subject)"
        for obstacle in explanation.waitsFor { line += ", after \(obstacle.place + 1) (\(obstacle.resource))" }
        print(line)
        let text = outcome.text.split(separator: "\n").first ?? ""
        print("      \(outcome.kind == .succeeded ? "->" : "!!") \(text)")
    }

    /// What happens, as it happens.
    static func report(_ event: Event, of call: Call) {
        let name = "    \(event.call) \(call.tool)"
        switch event.kind {
        case .ingested(let waitsFor) where !waitsFor.isEmpty:
            note(name + waitsFor.map { " waits for \($0.call) on \($0.resource)" }.joined(separator: ","))
        case .started: note("\(name) started")
        case .ended(let outcome, _): note("\(name) \(outcome.kind.rawValue)")
        default: break
        }
    }
}

extension Call {
    /// What the call is about, for people: its first argument.
    var subject: String {
        guard case .json(let arguments, _) = arguments else { return "" }
        return arguments.object?.members.first?.value.string ?? ""
    }
}
