import Floors
import TestSupport

/// The command, from its start to its end.
enum Commands {
    static let rows = [
        Row(
            name: "command-list", section: .handOver, subject: "`interlock list`", reference: "`true`",
            unit: .millisecondsMore, goal: 50
        ) { setting in
            try await Round.interleave(setting.rounds(21)) {
                Double(floor_spawn(Bundled.command, "list"))
            } reference: {
                Double(floor_spawn("true", nil))
            }
        }
    ]
}
