import Foundation
import Interlock

/// An agent in miniature: a model, tools, and the loop between them. The model is a script; all the rest is as it would be.
///
///     agent script.json workspace [seconds that the model takes to answer]
///
/// The transcript goes to standard output, what happens meanwhile to standard error.
@main
struct Agent {
    static func main() async {
        let arguments = CommandLine.arguments
        guard arguments.count > 2 else { leave(64, "usage: agent SCRIPT WORKSPACE [SECONDS]") }
        let interrupts = Interrupts()
        defer { interrupts.stop() }
        let work = Task {
            let model = try ScriptedModel(file: arguments[1], seconds: arguments.dropFirst(3).first)
            try await withTemporaryCopy(of: arguments[2]) { workspace in
                let plugins = try Deployment.Plugin.bundled()
                try await withHost(Deployment(workspace: workspace, plugins: plugins)) { host in
                    for problem in host.problems { note("warning: \(problem)") }
                    try await converse(model, host)
                }
            }
        }
        // Ctrl-C cancels the task, and with it the turn that runs: its calls are all answered, and the host ends in order.
        Task { for await _ in interrupts.stream { work.cancel() } }
        do {
            try await work.value
        } catch is CancellationError {
            leave(130, "interrupted")
        } catch {
            leave(1, "error: \(error)")
        }
    }

    /// The loop: the model's message, its calls, their answers, and again, until a message has no calls.
    static func converse(_ model: ScriptedModel, _ host: Interlock.Host) async throws {
        let tools = ToolDefinitions.json(host.tools, .openai)
        var conversation: [JSON] = [["role": "user", "content": "Get the teapot server ready for its release."]]
        note("    the model is told of \(host.tools.count) tools")
        while true {
            let message = try await model.answer(to: conversation, tools: tools)
            conversation.append(message)
            print("model: \(message["content"]?.string ?? "")")

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

    /// A call, for whom it had to wait, and what came of it.
    static func show(_ place: Int, _ explanation: Explanation, _ outcome: Outcome) {
        let order = explanation.waitsFor.map { ", after \($0.place + 1) (\($0.resource))" }.joined()
        print("  \(place + 1) \(explanation.call.tool) \(explanation.call.subject)\(order)")
        print("      \(outcome.kind == .succeeded ? "->" : "!!") \(outcome.gist)")
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
    /// What it is about, for people: its first argument.
    var subject: String {
        guard case .json(let arguments, _) = arguments else { return "" }
        return arguments.object?.members.first?.value.string ?? ""
    }
}

extension Outcome {
    /// What the model is told, for people, on one line: of a diff the first line that it adds.
    var gist: String {
        let lines = text.split(separator: "\n").map(String.init)
        let added = lines.first { $0.hasPrefix("+") && !$0.hasPrefix("+++") }
        return added ?? String(lines.joined(separator: " | ").prefix(90))
    }
}
