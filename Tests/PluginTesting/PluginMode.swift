import Isolation
import Loading

/// Where a plugin's code runs. What a test shows for one must hold for the other.
package enum PluginMode: String, CaseIterable, Sendable {
    case inProcess = "in this process"
    case worker = "in a worker"

    package func open(_ file: String) throws(LoadFailure) -> any LoadedPlugin {
        switch self {
        case .inProcess: try PluginLibrary.open(file: file)
        case .worker: try WorkerLibrary.open(file: file)
        }
    }
}
