import Configuration
import Interlock
import Messages

/// Why a command could not do what it was asked for: exit status 1.
struct CommandFailure: Error, CustomStringConvertible {
    static let status: Int32 = 1

    /// `error: …` and `help: …`.
    let description: String

    init(_ problem: String, help: String) {
        description = "error: \(problem)\nhelp: \(help)"
    }

    init(_ failure: ConfigurationFailure) { description = failure.description }
    init(_ failure: MessageFailure) { description = failure.description }
    init(_ failure: HostFailure) { description = "error: \(failure.description)" }
}
