import Interlock
import Isolation

extension Settings {
    /// The deployment that the user's own file describes. `paths` says what its paths are relative to.
    package func deployment(workspace: String, paths: PathBase) throws(ConfigurationFailure) -> Deployment {
        var deployment = Deployment(workspace: workspace)
        limits.apply(to: &deployment.limits)
        for plugin in plugins?.value ?? [] {
            deployment.plugins.append(try plugin.plugin(paths, limits: deployment.limits.workers))
        }
        for tool in tools { deployment.tools[tool.name] = tool.value.settings }
        deployment.roots = try appliedRoots(paths)
        for pool in pools { deployment.pools[pool.name] = pool.value }
        deployment.protected = protected
        deployment.policy = policy?.value ?? .contracts
        return deployment
    }

    private func appliedRoots(_ paths: PathBase) throws(ConfigurationFailure) -> [Deployment.Root] {
        var result: [Deployment.Root] = []
        for root in roots?.value ?? [] {
            guard let name = root.name, let path = root.path else { continue }
            guard name.value.utf8.allSatisfy(Self.nameBytes.contains) else {
                throw ConfigurationFailure(
                    at: name.place, "\"\(name.value)\" is not a root's name",
                    help: "a root's name is made of letters, digits, - and _")
            }
            guard name.value != "workspace", !result.contains(where: { $0.name == name.value }) else {
                throw ConfigurationFailure(
                    at: name.place, "the root name \"\(name.value)\" is taken", help: "each root has a name of its own")
            }
            result.append(.init(name: name.value, path: try paths.resolve(path), isWritable: root.writable))
        }
        return result
    }

    private static let nameBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)
}

extension PluginSettings {
    /// - Parameter limits: Of all workers, where this plugin has none of its own.
    fileprivate func plugin(
        _ paths: PathBase, limits common: WorkerOptions.Limits
    ) throws(ConfigurationFailure) -> Deployment.Plugin {
        guard let file else { preconditionFailure("file is a required field") }
        var plugin = Deployment.Plugin(
            file: try paths.resolve(file), configuration: configuration, tools: tools.map(Set.init), sha256: sha256)
        plugin.isolation = isolation
        plugin.grants = Set(grants)
        if !limits.isEmpty {
            var own = common
            limits.apply(to: &own)
            plugin.limits = own
        }
        return plugin
    }
}

extension ToolSettings {
    fileprivate var settings: Deployment.ToolSettings {
        var settings = Deployment.ToolSettings()
        settings.isEnabled = enabled?.value ?? true
        settings.isExclusive = exclusive?.value ?? false
        settings.additionalKeys = keys
        settings.concurrency = concurrency?.value
        settings.timeLimit = timeout?.value
        return settings
    }
}

extension LimitSettings {
    fileprivate func apply(to limits: inout Deployment.Limits) {
        limits.jobs = jobs?.value ?? limits.jobs
        limits.queue = queue?.value ?? limits.queue
        limits.wait = wait?.value ?? limits.wait
        limits.time = timeout?.value ?? limits.time
        limits.grace = grace?.value ?? limits.grace
        limits.output = output?.value ?? limits.output
        for plugin in plugins { limits.perPlugin[plugin.name] = plugin.value }
        workers.apply(to: &limits.workers)
    }
}

extension WorkerSettings {
    func apply(to limits: inout WorkerOptions.Limits) {
        limits.memory = memory.map { UInt64($0.value) } ?? limits.memory
        limits.files = files.map { UInt64($0.value) } ?? limits.files
        limits.fileSize = fileSize.map { UInt64($0.value) } ?? limits.fileSize
        limits.cpu = cpu.map { Self.seconds($0.value) } ?? limits.cpu
        limits.processes = processes.map { UInt64($0.value) } ?? limits.processes
        limits.privateFiles = privateFiles.map { UInt64($0.value) } ?? limits.privateFiles
    }

    /// The kernel counts whole seconds.
    static func seconds(_ duration: Duration) -> UInt64 {
        let (seconds, rest) = duration.components
        return UInt64(seconds) + (rest > 0 ? 1 : 0)
    }
}

/// What the paths in a file are relative to.
package struct PathBase: Sendable {
    /// The directory of the file.
    package var directory: String
    /// What `~` stands for; nil when there is no home directory.
    package var home: String?

    package init(directory: String, home: String?) {
        self.directory = directory
        self.home = home
    }

    func resolve(_ path: Located<String>) throws(ConfigurationFailure) -> String {
        if path.value.hasPrefix("/") { return path.value }
        guard path.value.hasPrefix("~") else {
            let relative = path.value.hasPrefix("./") ? path.value.dropFirst(2) : path.value[...]
            return directory == "/" ? "/\(relative)" : "\(directory)/\(relative)"
        }
        guard path.value == "~" || path.value.hasPrefix("~/") else {
            throw ConfigurationFailure(
                at: path.place, "\"\(path.value)\" names the home of another user",
                help: "~ stands for your own home directory only; write the path out")
        }
        guard let home else {
            throw ConfigurationFailure(
                at: path.place, "\"\(path.value)\" needs a home directory, and HOME is not set",
                help: "write the path out")
        }
        return home + path.value.dropFirst()
    }
}
