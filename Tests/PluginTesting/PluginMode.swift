import Isolation
import Loading
import TestSupport

/// Where a plugin's code runs. What a test shows for one must hold for the other.
package enum PluginMode: String, CaseIterable, Sendable {
    case inProcess = "in this process"
    case worker = "in a worker"

    /// As the tests of bundled plugins are told.
    package static var tested: PluginMode { TestedIsolation.name == "worker" ? .worker : .inProcess }

    package func open(_ file: String) throws(LoadFailure) -> any LoadedPlugin {
        switch self {
        case .inProcess: try PluginLibrary.open(file: file)
        case .worker: try WorkerLibrary.open(file: file)
        }
    }
}
