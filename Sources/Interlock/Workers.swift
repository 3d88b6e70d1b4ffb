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

    /// The grants that a tool has a use for, and does not get.
    func missing(for traits: Tool.Traits) -> [Deployment.WorkerGrant] {
        Deployment.WorkerGrant.allCases.filter { grant in
            grant.trait.map(traits.contains) ?? false && !grants.contains(grant)
        }
    }

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

extension Deployment.WorkerGrant {
    /// What a tool declares that has a use for it.
    var trait: Tool.Traits? {
        switch self {
        case .programs: .spawns
        case .network: .network
        case .bestEffort: nil
        }
    }

    /// What such a tool does.
    package var deed: String {
        switch self {
        case .programs, .bestEffort: "runs programs"
        case .network: "uses the network"
        }
    }
}
