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
        for (plugin, tools) in tools.sorted(by: { $0.key < $1.key }) {
            report(Finding(.plugins, plugin, .ok, "serves \(tools.map(\.name).joined(separator: ", "))"))
        }
        for problem in host.problems {
            report(Finding(.plugins, problem.code.rawValue, .failed, problem.problem, help: problem.help))
        }
        if tools.isEmpty, host.problems.isEmpty {
            report(
                Finding(
                    .plugins, "tools", .lacking, "no tool is served",
                    help: "name plugins in the configuration, or leave `bundled` on"))
        }
    }
}
