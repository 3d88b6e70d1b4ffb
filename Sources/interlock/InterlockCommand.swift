import ArgumentParser
import CLinux
import Glibc
import System

/// The command. Each subcommand has a file of its own.
@main
struct InterlockCommand: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "interlock",
        abstract: "Runs an agent's sibling tool calls in parallel, under declared and enforced contracts.",
        discussion: """
            Exit status: 0 when every call was answered, 1 when the turn could not run (or, with --strict, when a call \
            did not succeed), 64 when the command line is wrong, 130 and 143 after Ctrl-C and SIGTERM, 141 when nobody \
            reads the output any more.

            Configuration: --config FILE, else $XDG_CONFIG_HOME/interlock/config.yaml, else \
            ~/.config/interlock/config.yaml. A workspace's .interlock.yaml may only tighten it. Without any, the bundled \
            plugins serve.
            """,
        version: version,
        subcommands: [RunCommand.self, CallCommand.self, ListCommand.self, ExplainCommand.self, DoctorCommand.self])

    static func main() async {
        // Before anything is opened.
        Standard.fillClosed()
        il_ignore_broken_pipes()
        ResourceLimit.raiseDescriptors()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Standard.note(failure.description)
            Glibc.exit(CommandFailure.status)
        } catch OutputFailure.closed {
            Glibc.exit(OutputFailure.closedStatus)
        } catch {
            leave(error)
        }
    }

    /// What the argument parser has to say: help, the version, a wrong command line.
    private static func leave(_ error: any Error) -> Never {
        let status = exitCode(for: error)
        let text = fullMessage(for: error)
        if status.isSuccess {
            // Nobody is left to tell when this fails.
            try? Standard.write(Array((text + "\n").utf8))
        } else if !text.isEmpty {
            Standard.note(text.hasPrefix("Error: ") ? "error: " + text.dropFirst(7) : text)
        }
        Glibc.exit(status.rawValue)
    }
}
