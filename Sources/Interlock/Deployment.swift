import Isolation
import StrictJSON
import Workspace

/// What an operator decided: which plugins serve, what they may touch, how much runs at once. A value: nothing is opened
/// before a ``Host`` is made from it.
public struct Deployment: Sendable {
    /// A shared library with tools, and what is wanted of it.
    public struct Plugin: Sendable {
        /// The shared library, absolute or relative to the working directory.
        public var file: String
        /// The operator's configuration for the plugin, an object, handed to its `init`.
        public var configuration: JSON
        /// The tools to serve; nil = all.
        public var tools: Set<String>?
        /// Lower-case hexadecimal SHA-256 that the file must have; nil = not pinned.
        package var sha256: String?
        /// Where its code runs; nil = in workers, and a plugin that comes with Interlock in the host where the kernel cannot
        /// confine workers. Any other is refused there.
        public var isolation: IsolationLevel?
        /// What its tools may do in workers, as far as they declare it.
        public var grants: Set<WorkerGrant> = []
        /// Whether it comes with Interlock.
        package var isBundled = false
        /// What a process of it may use, if it runs in workers; nil = ``Limits/workers``.
        package var limits: WorkerOptions.Limits?

        /// A plugin that serves `tools`; nil = all that it has.
        public init(
            file: String, configuration: JSON = [:], tools: Set<String>? = nil, isolation: IsolationLevel? = nil
        ) {
            self.isolation = isolation
            self.file = file
            self.configuration = configuration
            self.tools = tools
        }

        package init(file: String, configuration: JSON = [:], tools: Set<String>? = nil, sha256: String?) {
            self.init(file: file, configuration: configuration, tools: tools)
            self.sha256 = sha256
        }
    }

    /// Where a plugin's code runs.
    public enum IsolationLevel: String, Sendable, CaseIterable {
        /// In processes of its own.
        case worker
        /// In the host's: for plugins that the operator trusts.
        case inProcess = "in-process"
    }

    /// What a worker may not do unless the operator says so.
    public enum WorkerGrant: String, Sendable, CaseIterable {
        /// Running programs, for tools that say that they do.
        case programs
        /// The Internet, for tools that say that they use it.
        case network
        /// Programs also where the kernel has nothing to end them with: they may outlive their call.
        case bestEffort = "best-effort"
    }

    /// What an operator says of one tool. Everything here tightens.
    public struct ToolSettings: Sendable, Equatable {
        /// Whether it is served at all.
        public var isEnabled = true
        /// Takes the whole workspace for itself, whatever it declares.
        public var isExclusive = false
        /// Named keys that each call takes besides, for itself.
        public var additionalKeys: [String] = []
        /// How many calls of it may run at once.
        public var concurrency: Int?
        /// How long a call of it may run, not counting waiting, where that is less than ``Limits/time``.
        public var timeLimit: Duration?

        /// Nothing tightened.
        public init() {}
    }

    /// Every bound that an operator can set.
    public struct Limits: Sendable, Equatable {
        /// Calls that run at once.
        public var jobs = 64
        /// Calls that wait; more are refused.
        public var queue = 10_000
        /// How long a call may wait before it is cancelled.
        public var wait: Duration = .seconds(600)
        /// How long a call may run, not counting waiting.
        public var time: Duration = .seconds(120)
        /// After its time, or a cancel: how long a call may take to return before it is killed, or abandoned if it is in-process.
        public var grace: Duration = .seconds(5)
        /// Bytes of content that a call may emit; the rest is cut off, with a marker.
        public var output = 4 << 20
        /// Per plugin identity: how many of its calls may run at once.
        public var perPlugin: [String: Int] = [:]
        /// What one process of a worker may use.
        package var workers = WorkerOptions.Limits()

        /// The standard limits.
        public init() {}
    }

    /// A directory beside the workspace that tools may reach by absolute path.
    public struct Root: Sendable, Equatable {
        /// For people; made of letters, digits, `-` and `_`, and not `workspace`.
        public var name: String
        /// An absolute path.
        public var path: String
        /// Whether tools may change what is in it.
        public var isWritable: Bool

        /// A directory that tools may reach.
        public init(name: String, path: String, isWritable: Bool) {
            self.name = name
            self.path = path
            self.isWritable = isWritable
        }
    }

    /// The directory that tools work in: an absolute path.
    public var workspace: String
    /// Directories besides.
    public var roots: [Root] = []
    /// In the order in which they are loaded. Of two tools with one name the first is served.
    public var plugins: [Plugin] = []
    /// Settings of tools, by name.
    public var tools: [String: ToolSettings] = [:]
    /// What is bounded, and by how much.
    public var limits = Limits()
    /// Sizes of pools, over what the contracts declare.
    public var pools: [String: Int] = [:]
    /// Paths in the workspace that no tool may write or remove, besides ``alwaysProtected``.
    public var protected: [String] = []
    /// How siblings are ordered.
    public var policy = Policy.contracts
    /// Whether a write is on the disk when it is reported.
    public var durability = Durability.full
    /// The file in which the hosts of one user keep their calls apart: an absolute path; it is made if it is missing. Hosts
    /// with different files, or with none, do not exclude each other.
    public var locks: String?
    /// Whether the temporary files of hosts that were killed are removed at the start, beside other work. Where one is known to
    /// have been killed the end of this host waits until all of the tree has been looked through.
    public var removesLeftovers = false
    /// Where descriptions of plugins are kept, so that known ones need not run to be listed: an absolute path of a directory,
    /// which is made if it is missing; nil = nowhere.
    public var cache: String?
    /// Whether workers get namespaces of their own, where the kernel allows it.
    package var usesNamespaces = true
    /// Whether plugins are made ready for calls; if not, they can only be asked about, and known ones need not run at all.
    package var startsPlugins = true

    /// By which a workspace tightens what it is granted, relative to it.
    package static let workspaceFile = ".interlock.yaml"
    /// Where a write would change what the user's own programs run, or what Interlock itself may do. Git looks for hooks
    /// and configuration where `commondir` says, and in the directories of submodules and work trees too.
    public static let alwaysProtected = [
        ".git/hooks", ".git/config", ".git/config.worktree", ".git/commondir", ".git/modules", ".git/worktrees",
        workspaceFile,
    ]

    /// A deployment without plugins; see ``Plugin/bundled(near:)``.
    public init(workspace: String, plugins: [Plugin] = []) {
        self.workspace = workspace
        self.plugins = plugins
    }
}

/// How siblings are ordered. Every policy keeps the promise, for each only adds claims to the contracts'; the others are
/// there to see what parallelism the contracts win.
public enum Policy: String, Sendable, CaseIterable {
    /// The contracts alone.
    case contracts
    /// One call of a turn after another.
    case serial
    /// One readers-writer lock for the host: calls of read-only tools share it.
    case rwlock
    /// Within a turn, runs of read-only calls, and every other call alone.
    case barriers
}
