import Calls
import Interlock
import ProcessLocks
import Workspace

/// The file that keeps the hosts of one user apart: two hosts must exclude each other on it.
enum LockChecks {
    static func run(_ deployment: Deployment, _ workspace: Workspace, _ report: (Finding) -> Void) {
        guard let file = deployment.locks else {
            return report(
                Finding(
                    .locks, "hosts", .lacking, "`locks: none`: two hosts on one workspace do not exclude each other",
                    help: "leave `locks` out of the configuration, or name a file"))
        }
        do throws(ProcessLockFailure) {
            for finding in try exclude(file, workspace) { report(finding) }
        } catch {
            report(Finding(.locks, "hosts", .failed, error.problem, help: error.help))
        }
    }

    private static func exclude(_ file: String, _ workspace: Workspace) throws(ProcessLockFailure) -> [Finding] {
        let places = workspace.places(of: [])
        let (one, other) = (
            try ProcessLocks(file: file, places: places), try ProcessLocks(file: file, places: places)
        )
        defer {
            one.close()
            other.close()
        }
        // A name that no tool has.
        let key = Key.named(kind: "interlock doctor", "\(UInt64.random(in: .min ... .max))")
        let locks = [Lock(key, .content, .exclusive)]
        let first = one.claim(of: CallNumber(1), tool: "doctor")
        let second = other.claim(of: CallNumber(2), tool: "doctor")
        defer {
            first.giveBack()
            second.giveBack()
        }
        let isTaken = try first.attempt(locks, queues: false) == nil
        let blockage = try second.attempt(locks, queues: false)
        first.giveBack()
        let isPassedOn = try second.attempt(locks, queues: false) == nil
        guard isTaken, let blockage, isPassedOn else {
            return [
                Finding(
                    .locks, "hosts", .failed, "two hosts did not exclude each other on \(file)",
                    help: "put `locks` on a local file system: this one does not lock ranges of files as Linux does")
            ]
        }
        let told =
            blockage.holder == nil
            ? Finding(
                .locks, "holders", .lacking, "who holds a lock cannot be told", help: "make \(file).hosts writable")
            : Finding(.locks, "holders", .ok, "the second host was told who holds it")
        return [Finding(.locks, "hosts", .ok, "two hosts excluded each other on \(file)"), told]
    }
}
