import Configuration
import Interlock
import Messages

/// Why a command could not do what it was asked for: exit status 1.
struct CommandFailure: Error, CustomStringConvertible {
    static let status: Int32 = 1

    /// What and where.
    let problem: String
    /// What to do: a statement.
    let help: String

    init(_ problem: String, help: String) {
        self.problem = problem
        self.help = help
    }

    init(_ failure: ConfigurationFailure) { self.init("\(failure.place): \(failure.message)", help: failure.help) }
    init(_ failure: MessageFailure) {
        self.init("\(failure.what), at \(failure.place): \(failure.why)", help: failure.help)
    }
    init(_ failure: HostFailure) { self.init(failure.problem, help: failure.help) }

    var description: String { "error: \(problem)\nhelp: \(help)" }
}
