import CSandbox
import CWorker
import Calls
import System

/// How the workers of a plugin are made.
package struct WorkerOptions: Sendable, Equatable {
    /// What one process may use; nil = no limit of ours.
    package struct Limits: Sendable, Equatable {
        /// Bytes of private memory; shared memory does not count.
        package var memory: UInt64? = 2 << 30
        /// Open files.
        package var files: UInt64? = 1024
        /// Bytes of the largest file that it may write.
        package var fileSize: UInt64? = 1 << 30
        /// Seconds of processor time of one call.
        package var cpu: UInt64? = 600
        /// Processes and threads of the user, where the kernel counts them.
        package var processes: UInt64?
        /// Bytes that the private directories of all its calls may have together, where they are in memory: where there is a
        /// mount namespace.
        package var privateFiles: UInt64? = 64 << 20

        package init() {}

        /// Takes the lower of each.
        package mutating func lower(to other: Limits) {
            for limit in [\Limits.memory, \.files, \.fileSize, \.cpu, \.processes, \.privateFiles] {
                guard let theirs = other[keyPath: limit] else { continue }
                self[keyPath: limit] = min(self[keyPath: limit] ?? theirs, theirs)
            }
        }
    }

    /// What the operator lets a plugin's tools do, as far as they declare it.
    package struct Grants: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Running programs.
        package static let programs = Grants(rawValue: UInt32(SANDBOX_GRANT_PROGRAMS))
        package static let network = Grants(rawValue: UInt32(SANDBOX_GRANT_NETWORK))
        /// Programs even where nothing sees to it that they end with their call.
        package static let bestEffort = Grants(rawValue: UInt32(SANDBOX_GRANT_BEST_EFFORT))

        /// Those that a tool makes use of.
        func needed(by traits: Tool.Traits) -> Grants {
            var needed: Grants = []
            if traits.contains(.spawns) { needed.formUnion([.programs, .bestEffort]) }
            if traits.contains(.network) { needed.insert(.network) }
            return intersection(needed)
        }
    }

    package var limits = Limits()
    package var grants: Grants = []
    /// Whether a worker gets namespaces of its own, where the kernel allows it.
    package var usesNamespaces = true
    /// Where directories for private files are made: an absolute path.
    package var scratch = ScratchDirectory.base
    /// Calls that run at once: as many can have a /tmp of their own.
    package var calls = 64
    /// The most processes that are kept ready for calls to come.
    package var mostReady = 8
    /// So many crashes one after another, and nothing of the plugin is started any more until the host is.
    package var mostCrashes = 3
    /// Milliseconds that a worker may take for what is done at once where all is well: making a process for a call, taking an
    /// order, telling of an end. Ample, for the machine may be busy.
    package var patience: Int32 = 10_000

    package init() {}

    /// Calls that run at once: a worker whose calls are threads has places for no more.
    package static let mostCalls = Int(IW_CHILDREN_MAX)
    /// How long opening or starting a plugin may take, in milliseconds.
    static let startLimit: UInt64 = 20_000
    /// How long a quiesced plugin may take to let go.
    static let quiesceLimit: Int32 = 2_000
    /// How long a worker may take to end by itself.
    static let endLimit: UInt64 = 3_000
}
