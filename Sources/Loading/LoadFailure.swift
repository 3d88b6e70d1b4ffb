/// Why a plugin does not serve. It never stands in the way of another plugin.
package struct LoadFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var file: String
    /// What is wrong, and where in the plugin: `tool "edit", claim 2: …`.
    package var reason: String
    /// What to do about it.
    package var help: String
    /// This kernel lacks what a worker needs, whatever the plugin.
    package var isUnconfined = false

    package init(file: String, reason: String, help: String) {
        self.file = file
        self.reason = reason
        self.help = help
    }

    package var description: String { "error: plugin \(file) refused: \(reason)\nhelp: \(help)" }
}

// What can only be found out where the plugin's code runs: in this process, or in a worker that tells.
extension LoadFailure {
    package static func unloadable(_ file: String, _ why: String) -> LoadFailure {
        LoadFailure(
            file: file, reason: "the system's loader refused it: \(why)", help: "`ldd \(file)` shows what it needs")
    }

    package static func entryNotFound(_ file: String, _ why: String) -> LoadFailure {
        LoadFailure(
            file: file, reason: "the system's loader does not find its entry: \(why)",
            help: "the file changed while it was opened, or is damaged: build it again")
    }

    package static func unwilling(_ file: String, hostMinor: UInt32) -> LoadFailure {
        LoadFailure(
            file: file, reason: "its entry ilk_plugin_v1 answered that it cannot live with this host",
            help: "the host's minor version is \(hostMinor): use a newer Interlock or an older plugin")
    }

    package static func unconfined(_ file: String, _ why: String) -> LoadFailure {
        var failure = LoadFailure(
            file: file, reason: "the kernel cannot confine its worker: \(why)",
            help: "`isolation: in-process` runs it inside the host: only if you trust it with all that the host may do")
        failure.isUnconfined = true
        return failure
    }

    package static func initFailed(_ file: String, status: Int32, _ why: String) -> LoadFailure {
        LoadFailure(
            file: file, reason: "its init failed (status \(status)): \(why.isEmpty ? "it gave no reason" : why)",
            help: "correct the plugin's configuration; nothing else of it was called")
    }
}

/// A fault of a descriptor, before it is known in which file.
struct DescriptorFault: Error {
    var reason: String
    var help: String

    init(_ reason: String, help: String = "this is for the plugin's author: interlock.h has the rules") {
        self.reason = reason
        self.help = help
    }

    /// The same, in a part of the descriptor.
    func `in`(_ place: String) -> DescriptorFault { DescriptorFault("\(place): \(reason)", help: help) }
}
