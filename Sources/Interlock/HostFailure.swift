import Calls

/// Why a host cannot begin, or serves less than its deployment asks for.
public struct HostFailure: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for a program to act on.
    public enum Code: String, Sendable, CaseIterable {
        /// The workspace or another root cannot be used. The only one that keeps a host from beginning.
        case workspace
        /// A plugin was not loaded, or did not start. The others serve.
        case plugin
        /// A plugin that comes with Interlock is not where it is looked for.
        case bundledPlugin
        /// The deployment names a tool that no plugin has.
        case unknownTool
        /// Two plugins have a tool of the same name; the first is served.
        case toolName
        /// A tool's input schema cannot be used; the tool is not served.
        case toolSchema
    }

    /// What kind of failure it is.
    public var code: Code
    /// What and where.
    public var problem: String
    /// What to do: a statement.
    public var help: String

    package init(_ code: Code, _ problem: String, help: String) {
        self.code = code
        self.problem = problem
        self.help = help
    }

    /// For the operator: the problem and, on a line of its own, the help.
    public var description: String { "\(problem)\nhelp: \(help)" }

    static func unknownTool(_ name: String, known: [String]) -> HostFailure {
        let nearest = name.nearest(in: known).map { "the nearest is \"\($0)\"" }
        return HostFailure(
            .unknownTool, "the configuration names the tool \"\(name)\", which no loaded plugin has",
            help: nearest ?? "the tools are: \(known.joined(separator: ", "))")
    }

    static func twice(_ tool: String, _ first: String, _ second: String, file: String) -> HostFailure {
        HostFailure(
            .toolName, "\(file): its tool \"\(tool)\" has the name of one of \(first), and is not served",
            help: "choose one of them with `tools:` under the plugin \(second) or \(first)")
    }

    static func badSchema(_ tool: String, file: String, _ reason: String) -> HostFailure {
        HostFailure(
            .toolSchema, "\(file): the input schema of \"\(tool)\" cannot be used: \(reason)",
            help: "the tool is not served; ask its author for a schema of JSON Schema 2020-12 or draft 7")
    }
}

extension String {
    /// The option that is most like this one, if any is like it at all.
    package func nearest(in options: some Sequence<String>) -> String? {
        let limit = Swift.max(2, utf8.count / 3)
        return options.map { (option: $0, distance: distance(to: $0)) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.option) < ($1.distance, $1.option) }?.option
    }

    /// How many bytes must be inserted, removed or changed to turn this into `other`.
    private func distance(to other: String) -> Int {
        let target = Array(other.utf8)
        var row = Array(0...target.count)
        for (i, byte) in utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, wanted) in target.enumerated() {
                let cost = Swift.min(diagonal + (byte == wanted ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                diagonal = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[target.count]
    }
}
