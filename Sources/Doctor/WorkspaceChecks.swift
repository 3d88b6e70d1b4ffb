import Calls
import Interlock
import Workspace

enum WorkspaceChecks {
    /// The workspace, if it can be used at all.
    static func run(_ deployment: Deployment, _ report: (Finding) -> Void) -> Workspace? {
        let workspace: Workspace
        do throws(HostFailure) {
            workspace = try Workspace(deployment)
        } catch {
            report(Finding(.workspace, "roots", .failed, error.problem, help: error.help))
            return nil
        }
        let others = deployment.roots.map(\.name)
        report(
            Finding(
                .workspace, "roots", .ok,
                ([deployment.workspace] + others).joined(separator: ", ") + (others.isEmpty ? " is open" : " are open"))
        )
        report(escaping(workspace))
        report(writing(workspace))
        return workspace
    }

    /// The kernel itself must refuse what leads out of a root.
    private static func escaping(_ workspace: Workspace) -> Finding {
        switch workspace.tryEscaping() {
        case .crossDevice: Finding(.workspace, "escaping", .ok, "opening .. beneath the workspace: refused")
        case nil:
            Finding(
                .workspace, "escaping", .failed, "opening .. beneath the workspace succeeded",
                help: "do not use this kernel, or this file system, for a workspace")
        case let error?:
            Finding(
                .workspace, "escaping", .failed, "opening .. beneath the workspace: \(error)",
                help: "openat2 is needed: Linux 5.6, and a container that allows it")
        }
    }

    private static func writing(_ workspace: Workspace) -> Finding {
        do throws(ServiceError) {
            try workspace.tryWriting()
            return Finding(.workspace, "writing", .ok, "a file was made, replaced as a whole, and removed")
        } catch {
            return Finding(
                .workspace, "writing", .lacking, "tools that write will fail: \(error.message)",
                help: "let this user make files in the workspace, on a file system with rename and fsync")
        }
    }
}
