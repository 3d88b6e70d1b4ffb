import Interlock

/// Tries what a deployment stands on, thing by thing. Nothing is believed that can be tried: not versions, not what is
/// written in /proc.
package enum Doctor {
    /// `report` gets each finding as soon as there is one. No other thread may load libraries meanwhile.
    package static func examineMachine(report: (Finding) -> Void) {
        KernelChecks.run(report)
        ToolchainChecks.run(report)
    }

    /// Loads the deployment's plugins, makes the lock file and locks it, writes a temporary file into the workspace and
    /// removes it. `log` gets what plugins have to say.
    package static func examine(
        _ deployment: Deployment, log: @escaping @Sendable (LogLevel, String) -> Void, report: (Finding) -> Void
    ) {
        LimitChecks.run(deployment, report)
        guard let workspace = WorkspaceChecks.run(deployment, report) else { return }
        LockChecks.run(deployment, workspace, report)
        PluginChecks.run(deployment, log, report)
    }
}
