import Calls
import Isolation
import System
import Workspace

// What workers get of a deployment, and of its workspace.

extension Workspace: NativeFiles {
    package func perform(_ attempt: FileAttempt, _ coverage: any LockCoverage) -> AttemptAnswer {
        FileServices(workspace: self, coverage: coverage).perform(attempt)
    }
}

extension Deployment.Plugin {
    /// Whether it is refused where no worker can be had. What comes with the host is as trusted as the host is, unless the
    /// operator says otherwise; and each outcome says what was promised.
    package var needsWorker: Bool { isolation == .worker || isolation == nil && !isBundled }

    func workers(_ deployment: Deployment) -> WorkerOptions {
        var options = WorkerOptions()
        options.usesNamespaces = deployment.usesNamespaces
        options.limits = limits ?? deployment.limits.workers
        options.calls = deployment.limits.jobs
        for grant in grants {
            switch grant {
            case .programs: options.grants.insert(.programs)
            case .network: options.grants.insert(.network)
            case .bestEffort: options.grants.insert(.bestEffort)
            }
        }
        return options
    }
}
