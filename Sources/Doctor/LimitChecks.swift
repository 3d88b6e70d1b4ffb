import Interlock
import System

/// What this process may have at once, against what the deployment may come to need.
enum LimitChecks {
    static func run(_ deployment: Deployment, _ report: (Finding) -> Void) {
        let jobs = UInt64(clamping: deployment.limits.jobs)
        report(enough(.descriptors, OpenFiles.needed(jobs: deployment.limits.jobs), jobs, "ulimit -n"))
        report(enough(.processes, 2 * jobs, jobs, "ulimit -u"))
        if let size = ResourceLimit.fileSize.current {
            report(
                Finding(
                    .limits, "file size", .lacking, "a write beyond \(size) bytes fails", help: "ulimit -f unlimited"))
        }
    }

    private static func enough(_ limit: ResourceLimit, _ needed: UInt64, _ jobs: UInt64, _ command: String) -> Finding {
        let has = limit.current
        let words = "\(has.map(String.init) ?? "as many as one likes"); \(jobs) calls at once may need \(needed)"
        guard let has, has < needed else { return Finding(.limits, limit.rawValue, .ok, words) }
        return Finding(
            .limits, limit.rawValue, .lacking, words, help: "\(command) \(needed), or a smaller `limits: jobs:`")
    }
}
