import Interlock

enum PluginChecks {
    static func run(
        _ deployment: Deployment, _ log: @escaping @Sendable (LogLevel, String) -> Void, _ report: (Finding) -> Void
    ) {
        var deployment = deployment
        deployment.locks = nil
        let host: Host
        do throws(HostFailure) {
            host = try Host(deployment, log: log)
        } catch {
            return report(Finding(.plugins, "host", .failed, error.problem, help: error.help))
        }
        defer { host.shutDown() }
        let tools = Dictionary(grouping: host.tools, by: \.plugin)
        let unconfined = Dictionary(uniqueKeysWithValues: host.unconfined.map { ($0.plugin, $0.why) })
        for (plugin, tools) in tools.sorted(by: { $0.key < $1.key }) {
            let words = "serves \(tools.map(\.name).joined(separator: ", "))"
            if let why = unconfined[plugin] {
                report(
                    Finding(
                        .plugins, plugin, .lacking, "\(words); inside the host, because \(why)",
                        help: "see what the kernel lacks, above; or write `isolation: in-process`, if that is meant"))
            } else {
                report(Finding(.plugins, plugin, .ok, words))
            }
        }
        for (tool, plugin, grant) in host.ungranted {
            report(
                Finding(
                    .plugins, tool, .lacking, "declares that it \(grant.deed), which is refused to it",
                    help: "write `grants: [\(grant.rawValue)]` beside the file of \(plugin), or leave the tool out"))
        }
        for problem in host.problems {
            report(Finding(.plugins, problem.code.subject, .failed, problem.problem, help: problem.help))
        }
        if tools.isEmpty, host.problems.isEmpty {
            report(
                Finding(
                    .plugins, "tools", .lacking, "no tool is served",
                    help: "name plugins in the configuration, or leave `bundled` on"))
        }
    }
}

extension HostFailure.Code {
    /// What the line of the report is about.
    fileprivate var subject: String {
        switch self {
        case .workspace: "workspace"
        case .locks: "locks"
        case .threads: "threads"
        case .plugin: "plugin"
        case .bundledPlugin: "bundled plugin"
        case .unknownName: "names in the configuration"
        case .contract: "contract"
        case .toolName: "two tools of one name"
        case .toolSchema: "input schema"
        }
    }
}
