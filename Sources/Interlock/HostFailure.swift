import Calls

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

    package var description: String { "\(problem)\nhelp: \(help)" }

    static func unknownTool(_ name: String, known: [String]) -> HostFailure {
        let nearest = name.nearest(in: known).map { "the nearest is \"\($0)\"" }
        return HostFailure(
            "the configuration names the tool \"\(name)\", which no loaded plugin has",
            help: nearest ?? "the tools are: \(known.joined(separator: ", "))")
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
