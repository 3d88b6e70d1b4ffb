import Calls
import Loading

/// Why a host cannot begin, or serves less than its deployment asks for.
package struct HostFailure: Error, Sendable, CustomStringConvertible {
    /// What and where.
    package var problem: String
    /// What to do.
    package var help: String

    package init(_ problem: String, help: String) {
        self.problem = problem
        self.help = help
    }

    /// The plugin's file, when none of its tools serves.
    package var refusedPlugin: String?

    package var description: String { "\(problem)\nhelp: \(help)" }

    static func refused(plugin file: String, _ failure: LoadFailure) -> HostFailure {
        var problem = HostFailure("plugin \(file) refused: \(failure.reason)", help: failure.help)
        problem.refusedPlugin = file
        return problem
    }

    static func unknown(_ kind: String, _ name: String, known: [String]) -> HostFailure {
        let nearest = name.nearest(in: known).map { "the nearest is \"\($0)\"" }
        return HostFailure(
            "the configuration names the \(kind) \"\(name)\", which no loaded plugin has",
            help: nearest ?? (known.isEmpty ? "there is none" : "there are: \(known.joined(separator: ", "))"))
    }

    static func danglingPointer(_ pointer: String, _ tool: String, file: String) -> HostFailure {
        HostFailure(
            "\(file): the contract of \"\(tool)\" points at \(pointer), which its input schema does not allow",
            help: "such a claim always takes the widest sense; ask the tool's author to correct the pointer")
    }

    static func twice(_ tool: String, _ first: String, _ second: String, file: String) -> HostFailure {
        HostFailure(
            "\(file): its tool \"\(tool)\" has the name of one of \(first), and is not served",
            help: "choose one of them with `tools:` under the plugin \(second) or \(first)")
    }

    static func badSchema(_ tool: String, file: String, _ reason: String) -> HostFailure {
        HostFailure(
            "\(file): the input schema of \"\(tool)\" cannot be used: \(reason)",
            help: "the tool is not served; ask its author for a schema of JSON Schema 2020-12 or draft 7")
    }
}
