import Configuration
import Interlock

/// A configuration is refused with its place and a help, or it says one thing; and a workspace's file never loosens.
enum ConfigurationTarget {
    /// The user's own file and the workspace's, with a line "===" between them.
    static func complaint(about bytes: [UInt8]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let files = text.split(separator: "\n===\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        do throws(ConfigurationFailure) {
            let settings = try Settings.parse(files[0], file: "config.yaml")
            let own = try settings.deployment(
                workspace: "/nowhere", paths: PathBase(directory: "/nowhere", home: "/home/somebody"))
            guard files.count == 2 else { return nil }
            let tight = try tighten(own, with: Settings.parse(files[1], file: ".interlock.yaml"))
            return loosened(own, tight)
        } catch {
            return error.place.isEmpty || error.message.isEmpty || error.help.isEmpty ? "a refusal without words" : nil
        }
    }

    private static func loosened(_ own: Deployment, _ tight: Deployment) -> String? {
        let (mine, theirs) = (own.limits, tight.limits)
        let isLower =
            theirs.jobs <= mine.jobs && theirs.queue <= mine.queue && theirs.wait <= mine.wait
            && theirs.time <= mine.time && theirs.grace <= mine.grace && theirs.output <= mine.output
            && mine.perPlugin.allSatisfy { theirs.perPlugin[$0.key] ?? .max <= $0.value }
            && own.pools.allSatisfy { tight.pools[$0.key] ?? .max <= $0.value }
        if !isLower { return "a workspace raised \(mine) to \(theirs)" }
        for (name, mine) in own.tools {
            guard let theirs = tight.tools[name] else { return "a workspace removed what holds for \(name)" }
            let isTighter =
                (mine.isEnabled || !theirs.isEnabled) && (!mine.isExclusive || theirs.isExclusive)
                && theirs.concurrency ?? .max <= mine.concurrency ?? .max
                && (mine.timeLimit.map { $0 >= theirs.timeLimit ?? $0 } ?? true)
                && Set(mine.additionalKeys).isSubset(of: theirs.additionalKeys)
            if !isTighter { return "a workspace loosened \(name): \(mine) to \(theirs)" }
        }
        let same =
            own.plugins.map(\.file) == tight.plugins.map(\.file) && own.roots.map(\.path) == tight.roots.map(\.path)
            && own.locks == tight.locks && Set(own.protected).isSubset(of: tight.protected)
        return same ? nil : "a workspace said what is not its to say"
    }
}
