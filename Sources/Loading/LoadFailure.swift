/// Why a plugin does not serve. It never stands in the way of another plugin.
package struct LoadFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var file: String
    /// What is wrong, and where in the plugin: `tool "edit", claim 2: …`.
    package var reason: String
    /// What to do about it.
    package var help: String

    package init(file: String, reason: String, help: String) {
        self.file = file
        self.reason = reason
        self.help = help
    }

    package var description: String { "error: plugin \(file) refused: \(reason)\nhelp: \(help)" }
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
