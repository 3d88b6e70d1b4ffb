import Interlock
import Isolation

/// The deployment with what a workspace's file adds. Such a file comes with the repository and may be anybody's: it may
/// only tighten. What would loosen, or is not the workspace's to say, is an error that names its place.
package func tighten(
    _ deployment: Deployment, with settings: Settings
) throws(ConfigurationFailure) -> Deployment {
    try refuseForeign(settings)
    var result = deployment
    for tool in settings.tools {
        var mine = result.tools[tool.name] ?? Deployment.ToolSettings()
        try tool.value.tighten(&mine, name: tool.name, limits: deployment.limits)
        result.tools[tool.name] = mine
    }
    try settings.limits.tighten(&result.limits)
    for place in result.plugins.indices { result.plugins[place].limits?.lower(to: result.limits.workers) }
    for pool in settings.pools {
        // Without the user's own size, the contract's holds, which nobody knows yet.
        guard let size = deployment.pools[pool.name] else {
            throw ConfigurationFailure(
                at: pool.place,
                "the pool \"\(pool.name)\" has no size in the user's own configuration to be made smaller",
                help: "set the pool's size in your own configuration first")
        }
        result.pools[pool.name] = try lower(size, Located(pool.value, at: pool.place), "pools.\(pool.name)")
    }
    result.protected += settings.protected.filter { !result.protected.contains($0) }
    return result
}

private func refuseForeign(_ settings: Settings) throws(ConfigurationFailure) {
    let foreign = [
        ("bundled", settings.bundled?.place), ("plugins", settings.plugins?.place), ("roots", settings.roots?.place),
        ("policy", settings.policy?.place), ("locks", settings.locks?.place),
    ]
    for case (let key, let place?) in foreign {
        throw ConfigurationFailure(
            at: place, "\"\(key)\" is not a workspace's to say: a workspace may only tighten",
            help: "\"\(key)\" belongs in the user's own configuration (~/.config/interlock/config.yaml, or --config)")
    }
}

private func loosens(_ key: String, at place: Place, mine: String, theirs: String) -> ConfigurationFailure {
    ConfigurationFailure(
        at: place, "\"\(key): \(theirs)\" would loosen what holds (\(mine)); a workspace may only tighten",
        help: "if this is wanted, it belongs in the user's own configuration")
}

/// The lower of the two, where a missing one is no bound at all; a higher one is an error.
private func lower<Value: Comparable>(
    _ mine: Value?, _ theirs: Located<Value>, _ key: String, _ inWords: (Value) -> String = { "\($0)" }
) throws(ConfigurationFailure) -> Value {
    guard let mine, theirs.value > mine else { return theirs.value }
    throw loosens(key, at: theirs.place, mine: inWords(mine), theirs: inWords(theirs.value))
}

extension ToolSettings {
    fileprivate func tighten(
        _ mine: inout Deployment.ToolSettings, name: String, limits: Deployment.Limits
    ) throws(ConfigurationFailure) {
        if let enabled {
            guard mine.isEnabled || !enabled.value else {
                throw loosens("tools.\(name).enabled", at: enabled.place, mine: "false", theirs: "true")
            }
            mine.isEnabled = enabled.value
        }
        if let exclusive {
            guard exclusive.value || !mine.isExclusive else {
                throw loosens("tools.\(name).exclusive", at: exclusive.place, mine: "true", theirs: "false")
            }
            mine.isExclusive = exclusive.value
        }
        mine.additionalKeys += keys.filter { !mine.additionalKeys.contains($0) }
        if let concurrency {
            mine.concurrency = try lower(mine.concurrency, concurrency, "tools.\(name).concurrency")
        }
        if let timeout {
            // Without a time of its own, the tool has the common one.
            mine.timeLimit = try lower(mine.timeLimit ?? limits.time, timeout, "tools.\(name).timeout", Quantities.text)
        }
    }
}

extension LimitSettings {
    fileprivate func tighten(_ mine: inout Deployment.Limits) throws(ConfigurationFailure) {
        if let jobs { mine.jobs = try lower(mine.jobs, jobs, "limits.jobs") }
        if let queue { mine.queue = try lower(mine.queue, queue, "limits.queue") }
        if let wait { mine.wait = try lower(mine.wait, wait, "limits.wait", Quantities.text) }
        if let timeout { mine.time = try lower(mine.time, timeout, "limits.timeout", Quantities.text) }
        if let grace { mine.grace = try lower(mine.grace, grace, "limits.grace", Quantities.text) }
        if let output {
            mine.output = try lower(mine.output, output, "limits.output") { Quantities.text(bytes: $0) }
        }
        for plugin in plugins {
            mine.perPlugin[plugin.name] = try lower(
                mine.perPlugin[plugin.name], Located(plugin.value, at: plugin.place), "limits.plugins.\(plugin.name)")
        }
        try workers.tighten(&mine.workers)
    }
}

extension WorkerSettings {
    fileprivate func tighten(_ mine: inout WorkerOptions.Limits) throws(ConfigurationFailure) {
        func lowered(
            _ mine: UInt64?, _ theirs: Located<UInt64>?, _ key: String, _ inWords: (UInt64) -> String
        ) throws(ConfigurationFailure) -> UInt64? {
            guard let theirs else { return mine }
            return try lower(mine, theirs, "limits.workers.\(key)", inWords)
        }
        func number(_ value: Located<Int>?) -> Located<UInt64>? {
            value.map { Located(UInt64($0.value), at: $0.place) }
        }
        let bytes: (UInt64) -> String = { Quantities.text(bytes: Int($0)) }
        mine.memory = try lowered(mine.memory, number(memory), "memory", bytes)
        mine.files = try lowered(mine.files, number(files), "files") { "\($0)" }
        mine.fileSize = try lowered(mine.fileSize, number(fileSize), "file_size", bytes)
        let cpu = cpu.map { Located(Self.seconds($0.value), at: $0.place) }
        mine.cpu = try lowered(mine.cpu, cpu, "cpu") { "\($0)s" }
        mine.processes = try lowered(mine.processes, number(processes), "processes") { "\($0)" }
        mine.privateFiles = try lowered(mine.privateFiles, number(privateFiles), "private_files", bytes)
    }
}
