import Calls
import Contracts
import Isolation
import JSONSchema
import Loading
import StrictJSON
import System
import Workspace

/// The tools that this host serves, each with what is needed to take a call of it in: found by name.
struct Toolbox: Sendable {
    /// An object, because every call that waits has it.
    final class Served: Sendable {
        let tool: Tool
        let input: Schema
        let plugin: any LoadedPlugin
        let settings: Deployment.ToolSettings

        init(tool: Tool, input: Schema, plugin: any LoadedPlugin, settings: Deployment.ToolSettings) {
            self.tool = tool
            self.input = input
            self.plugin = plugin
            self.settings = settings
        }
    }

    private(set) var served: [String: Served] = [:]
    /// In the order in which they were loaded.
    private(set) var names: [String] = []
    private(set) var problems: [HostFailure] = []
    private(set) var plugins: [any LoadedPlugin] = []
    /// Those of them that run inside the host only because no worker can be had, and why.
    private(set) var unconfined: [(plugin: String, why: String)] = []
    /// What tools that are served declare, and workers refuse to them.
    private(set) var ungranted: [(tool: String, plugin: String, grant: Deployment.WorkerGrant)] = []

    var tools: [Tool] { names.compactMap { served[$0]?.tool } }

    /// Every tool of every plugin, served or not, with the pools that its contract names.
    private var known: [Tool] { plugins.flatMap(\.tools) }

    /// Opens and starts every plugin: in workers side by side, for one may take its time, or hang. One that cannot be used is a
    /// problem, not a failure: the others serve.
    init(
        _ deployment: Deployment, _ workspace: Workspace, log: @escaping @Sendable (LogLevel, String) -> Void
    ) {
        let workers = concurrently(deployment.plugins) { settings in
            settings.isolation == .inProcess ? nil : Self.startWorker(settings, deployment, workspace, log: log)
        }
        for (settings, worker) in zip(deployment.plugins, workers) {
            do throws(LoadFailure) {
                let (plugin, why) = try Self.makeReady(settings, deployment, worker, log: log)
                plugins.append(plugin)
                if let why { unconfined.append((plugin.id, why)) }
                add(plugin, settings, deployment)
            } catch {
                problems.append(.refused(plugin: settings.file, error))
            }
        }
        problems += unknownNames(in: deployment)
    }

    /// What the configuration says of tools, pools and plugins that there are not: a typing error may leave a tool on.
    private func unknownNames(in deployment: Deployment) -> [HostFailure] {
        let pools = Set(known.flatMap { $0.contract.claims.compactMap(\.pool) })
        let names: [(kind: String, mentioned: [String], known: [String])] = [
            ("tool", Array(deployment.tools.keys), known.map(\.name)),
            ("pool", Array(deployment.pools.keys), Array(pools)),
            ("plugin", Array(deployment.limits.perPlugin.keys), plugins.map(\.id)),
        ]
        return names.flatMap { kind, mentioned, known in
            mentioned.filter { !known.contains($0) }.sorted().map { .unknown(kind, $0, known: known.sorted()) }
        }
    }

    private static func startWorker(
        _ settings: Deployment.Plugin, _ deployment: Deployment, _ workspace: Workspace,
        log: @escaping @Sendable (LogLevel, String) -> Void
    ) -> Result<any LoadedPlugin, LoadFailure> {
        Result { () throws(LoadFailure) in
            try started(
                WorkerLibrary.open(
                    file: settings.file, sha256: settings.sha256, options: settings.workers(deployment),
                    cache: deployment.cache.map(DescriptionCache.init), files: workspace, log: log),
                settings, deployment)
        }
    }

    private static func started(
        _ plugin: any LoadedPlugin, _ settings: Deployment.Plugin, _ deployment: Deployment
    ) throws(LoadFailure) -> any LoadedPlugin {
        if deployment.startsPlugins { try plugin.start(configuration: settings.configuration.text) }
        return plugin
    }

    /// A plugin that serves, and why that is not in workers where it would be if they could be had.
    private static func makeReady(
        _ settings: Deployment.Plugin, _ deployment: Deployment, _ worker: Result<any LoadedPlugin, LoadFailure>?,
        log: @escaping @Sendable (LogLevel, String) -> Void
    ) throws(LoadFailure) -> (any LoadedPlugin, unconfined: String?) {
        func here() throws(LoadFailure) -> any LoadedPlugin {
            try started(
                PluginLibrary.open(file: settings.file, sha256: settings.sha256, log: log), settings, deployment)
        }
        switch worker {
        case .success(let plugin)?: return (plugin, nil)
        case .failure(let failure)? where failure.isUnconfined && !settings.needsWorker:
            log(.warning, "\(settings.file) runs inside the host: \(failure.reason)")
            return (try here(), failure.reason)
        case .failure(let failure)?: throw failure
        case nil: return (try here(), nil)
        }
    }

    private mutating func add(_ plugin: any LoadedPlugin, _ settings: Deployment.Plugin, _ deployment: Deployment) {
        for name in (settings.tools ?? []).sorted() where !plugin.tools.contains(where: { $0.name == name }) {
            problems.append(.unknown("tool", name, known: plugin.tools.map(\.name)))
        }
        for tool in plugin.tools where settings.tools?.contains(tool.name) ?? true {
            let toolSettings = deployment.tools[tool.name] ?? Deployment.ToolSettings()
            guard toolSettings.isEnabled else { continue }
            if let other = served[tool.name] {
                problems.append(.twice(tool.name, other.tool.plugin, tool.plugin, file: settings.file))
                continue
            }
            do throws(SchemaFailure) {
                let schema = try Schema(tool.inputSchema)
                problems += tool.danglingPointers.map { .danglingPointer($0, tool.name, file: settings.file) }
                let tool = tool.tightened(by: toolSettings, pools: deployment.pools)
                served[tool.name] = Served(tool: tool, input: schema, plugin: plugin, settings: toolSettings)
                names.append(tool.name)
                if plugin is WorkerPlugin {
                    ungranted += settings.missing(for: tool.traits).map { (tool.name, plugin.id, $0) }
                }
            } catch {
                problems.append(.badSchema(tool.name, file: settings.file, "\(error)"))
            }
        }
    }

    /// What to do with a call, before it enters the lock table.
    enum Intake {
        case refused(String)
        /// `arguments`: as the plugin gets them.
        case taken(Served, arguments: String, demands: [Demand])
    }

    func takeIn(_ call: Call) -> Intake {
        let value: JSON
        let text: String
        switch call.arguments {
        // Before the tool is looked for: a call that is broken beyond its arguments may have no tool either.
        case .malformed(let reason): return .refused(reason)
        case .json(let json, let spelled): (value, text) = (json, spelled)
        case .text(let input):
            // A custom tool call has one free text; a tool takes it as its member "input".
            value = ["input": .string(input)]
            text = value.text
        }
        guard let served = served[call.tool] else {
            if known.contains(where: { $0.name == call.tool }) {
                return .refused("the tool \"\(call.tool)\" is not served here: the configuration leaves it out")
            }
            let nearest = call.tool.nearest(in: names).map { "; the nearest is \"\($0)\"" } ?? ""
            return .refused("there is no tool \"\(call.tool)\"\(nearest)")
        }
        let violations = served.input.validate(value)
        guard violations.isEmpty else {
            let list = violations.map(\.description).joined(separator: "; ")
            return .refused("the arguments do not fit the schema of \(call.tool): \(list)")
        }
        guard var demands = Contracts.demands(of: served.tool, arguments: value) else {
            return .refused("the arguments name more than \(Contracts.mostDemands) things to claim; make several calls")
        }
        demands += served.settings.additionalKeys.map { Demand(.key(kind: "operator", $0, .exclusive)) }
        return .taken(served, arguments: text, demands: demands)
    }
}
