import ArgumentParser
import Messages

/// `interlock list`: the tools of a deployment, for people or for a model's API.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the tools and their contracts.",
        discussion: """
            With a format, it prints the value of the API request's `tools`.

            EXAMPLES
              interlock list
              interlock list --format anthropic > tools.json
            """)

    @OptionGroup var deployment: DeploymentOptions

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case openai, responses, anthropic, gemini, mcp, text
    }

    @Option(name: .long, help: "For people (text), or for a model's API.")
    var format: Format?

    @Flag(name: .long, help: "The same as --format mcp.")
    var json = false

    func validate() throws {
        if json, let format, format != .mcp {
            throw ValidationError("--json and --format \(format.rawValue) exclude each other")
        }
    }

    func run() throws {
        let host = try deployment.host(runs: false)
        defer { host.leave() }
        let format = ToolDefinitions.Format(rawValue: (format ?? (json ? .mcp : .text)).rawValue)
        let text =
            format.map { ToolDefinitions.json(host.tools, $0).prettyText + "\n" } ?? ToolDefinitions.text(host.tools)
        try Standard.write(Array(text.utf8))
    }
}
