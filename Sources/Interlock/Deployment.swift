import StrictJSON
import Workspace

/// What an operator decided: which plugins serve, what they may touch, how much runs at once. A value; reading it from a
/// file is the job of `Configuration`.
package struct Deployment: Sendable {
    package struct Plugin: Sendable {
        /// The shared library.
        package var file: String
        /// The operator's configuration for the plugin, handed to its `init`.
        package var configuration: JSON
        /// The tools to serve; nil = all.
        package var tools: Set<String>?
        /// Lower-case hexadecimal SHA-256 that the file must have; nil = not pinned.
        package var sha256: String?

        package init(file: String, configuration: JSON = [:], tools: Set<String>? = nil, sha256: String? = nil) {
            self.file = file
            self.configuration = configuration
            self.tools = tools
            self.sha256 = sha256
        }
    }

    /// What an operator says of one tool. Everything here tightens.
    package struct ToolSettings: Sendable, Equatable {
        package var isEnabled = true
        /// Takes the whole workspace for itself, whatever it declares.
        package var isExclusive = false
        /// Named keys that each call takes besides, for itself.
        package var additionalKeys: [String] = []
        /// How many calls of it may run at once.
        package var concurrency: Int?
        package var timeLimit: Duration?

        package init() {}
    }

    package struct Limits: Sendable, Equatable {
        /// Calls that run at once.
        package var jobs = 64
        /// Calls that wait; more are refused.
        package var queue = 10_000
        /// How long a call may wait before it is cancelled.
        package var wait: Duration = .seconds(600)
        /// How long a call may run, not counting waiting.
        package var time: Duration = .seconds(120)
        /// After its time, or a cancel: how long an in-process call may take to return before it is abandoned.
        package var grace: Duration = .seconds(5)
        /// Bytes of content that a call may emit; the rest is cut off, with a marker.
        package var output = 4 << 20
        /// Per plugin identity: how many of its calls may run at once.
        package var perPlugin: [String: Int] = [:]

        package init() {}
    }

    /// A directory beside the workspace that tools may reach by absolute path.
    package struct Root: Sendable, Equatable {
        package var name: String
        package var path: String
        package var isWritable: Bool

        package init(name: String, path: String, isWritable: Bool) {
            self.name = name
            self.path = path
            self.isWritable = isWritable
        }
    }

    package var workspace: String
    package var roots: [Root] = []
    package var plugins: [Plugin] = []
    package var tools: [String: ToolSettings] = [:]
    package var limits = Limits()
    /// Sizes of pools, over what the contracts declare.
    package var pools: [String: Int] = [:]
    /// Paths in the workspace that no tool may write or remove, besides `Deployment.alwaysProtected`.
    package var protected: [String] = []
    package var policy = Policy.contracts
    /// Whether a write is on the disk when it is reported.
    package var durability = Durability.full
    /// The file in which the hosts of one user keep their calls apart: an absolute path; it is made if it is missing. Hosts
    /// with different files, or with none, do not exclude each other.
    package var locks: String?
    /// Whether the temporary files of hosts that were killed are removed at the start, beside other work.
    package var removesLeftovers = false

    /// Where a write would change what the user's own programs run, or what Interlock itself may do.
    package static let alwaysProtected = [".git/hooks", ".git/config", ".interlock.yaml"]

    package init(workspace: String) {
        self.workspace = workspace
    }
}

/// How siblings are ordered. Every policy keeps the promise, for each only adds claims to the contracts'; the others are
/// there to see what parallelism the contracts win.
package enum Policy: String, Sendable, CaseIterable {
    /// The contracts alone.
    case contracts
    /// One call of a turn after another.
    case serial
    /// One readers-writer lock for the host: calls of read-only tools share it.
    case rwlock
    /// Within a turn, runs of read-only calls, and every other call alone.
    case barriers
}
