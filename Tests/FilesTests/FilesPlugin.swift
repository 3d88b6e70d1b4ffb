import Calls
import Loading
import Locking
import PluginTesting
import StrictJSON
import System
import TestSupport

/// The built plugin, as a host loads it.
enum FilesPlugin {
    struct Answer {
        var code: ServiceError.Code?
        var text: String
        var structured: JSON?
        /// Why it failed.
        var message: String
        var details: JSON?
    }

    static let loaded: Result<any LoadedPlugin, any Error> = Result {
        let plugin = try PluginMode.tested.open(Bundled.files)
        try plugin.start(configuration: "{}")
        return plugin
    }

    private static let calls = Guarded(UInt64(0))

    static func tool(_ name: String) throws -> Tool {
        guard let tool = try loaded.get().tools.first(where: { $0.name == name }) else { throw Missing(tool: name) }
        return tool
    }

    struct Missing: Error {
        var tool: String
    }

    /// Runs one call in a workspace, which lets it touch what its contract claims and nothing else.
    static func run(_ name: String, _ arguments: String, in workspace: Workspace) throws -> Answer {
        let tool = try tool(name)
        let call = MemoryServices(workspace, try Claims(tool.contract, arguments: JSONParser.parse(arguments)))
        var table = LockTable()
        let number = CallNumber(
            calls.withLock { count in
                count += 1
                return count
            })
        _ = table.enter(number, [])
        guard let grant = table.grant(number) else { throw Missing(tool: name) }
        let completion = try loaded.get().invoke(grant, tool: name, arguments: arguments, services: call)
        return Answer(
            code: completion.code, text: String(decoding: call.output, as: UTF8.self),
            structured: call.result, message: call.failure?.message ?? "",
            details: call.failure?.details)
    }
}
