import Calls
import StrictJSON

extension Call {
    package init(_ tool: String, _ arguments: JSON) {
        self.init(id: tool, tool: tool, arguments: .json(arguments, text: arguments.text))
    }

    /// A call of the scripted plugin. `claims` are its other arguments: `["writes": ["a"]]`.
    package static func act(_ script: String, _ claims: JSON = [:], tool: String = "act") -> Call {
        guard case .object(var arguments) = claims else { preconditionFailure("claims are an object") }
        arguments["do"] = .string(script)
        return Call(tool, .object(arguments))
    }
}

extension Outcome {
    /// All of its text.
    package var text: String {
        content.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
}

extension Outcome {
    /// With what was promised while it ran.
    package func under(_ enforcement: Enforcement) -> Outcome {
        var outcome = self
        outcome.enforcement = enforcement
        return outcome
    }
}
