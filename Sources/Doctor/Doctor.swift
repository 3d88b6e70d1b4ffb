import Interlock

/// Tries what a deployment stands on, thing by thing. Nothing is believed that can be tried: not versions, not what is
/// written in /proc.
package enum Doctor {
    /// `report` gets each finding as soon as there is one. No other thread may load libraries meanwhile.
    ///
    /// - Parameter deployment: What the machine is for, if that is known.
    package static func examineMachine(for deployment: Deployment?, report: (Finding) -> Void) {
        KernelChecks.run(asked: deployment?.plugins.contains(where: \.needsWorker) ?? false, report)
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
