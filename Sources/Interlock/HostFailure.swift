import Calls
import Loading
import System

/// Why a host cannot begin, or serves less than its deployment asks for.
public struct HostFailure: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for a program to act on.
    public enum Code: String, Sendable, CaseIterable {
        /// The workspace or another root cannot be used. This and the next two are the only ones that keep a host from beginning.
        case workspace
        /// The file that keeps hosts apart cannot be used.
        case locks
        /// The system does not give the host the threads that it cannot be without.
        case threads
        /// A plugin was not loaded, or did not start. The others serve.
        case plugin
        /// A plugin that comes with Interlock is not where it is looked for.
        case bundledPlugin
        /// The deployment names a tool, a pool or a plugin that there is not.
        case unknownName
        /// A tool's contract points at arguments that its schema does not allow.
        case contract
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

    /// The plugin's file, when none of its tools serves.
    package var refusedPlugin: String?

    /// For the operator: the problem and, on a line of its own, the help.
    public var description: String { "\(problem)\nhelp: \(help)" }

    static func refused(plugin file: String, _ failure: LoadFailure) -> HostFailure {
        var problem = HostFailure(.plugin, "plugin \(file) refused: \(failure.reason)", help: failure.help)
        problem.refusedPlugin = file
        return problem
    }

    package static let threadsHelp =
        "end some of this user's processes, or allow more: `ulimit -u` shows how many there may be"

    static func noThreads(_ error: SystemError) -> HostFailure {
        HostFailure(.threads, "the host gets no threads to run calls on: \(error)", help: threadsHelp)
    }

    static func unknown(_ kind: String, _ name: String, known: [String]) -> HostFailure {
        let nearest = name.nearest(in: known).map { "the nearest is \"\($0)\"" }
        return HostFailure(
            .unknownName, "the configuration names the \(kind) \"\(name)\", which no loaded plugin has",
            help: nearest ?? (known.isEmpty ? "there is none" : "there are: \(known.joined(separator: ", "))"))
    }

    static func danglingPointer(_ pointer: String, _ tool: String, file: String) -> HostFailure {
        HostFailure(
            .contract,
            "\(file): the contract of \"\(tool)\" points at \(pointer), which its input schema does not allow",
            help: "such a claim always takes the widest sense; ask the tool's author to correct the pointer")
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
