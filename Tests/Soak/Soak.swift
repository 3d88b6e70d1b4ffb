import ArgumentParser

@main
struct Soak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak", abstract: "Tests that take as long as they are given.",
        subcommands: [TurnsSoak.self, HostsSoak.self], defaultSubcommand: TurnsSoak.self)
}
