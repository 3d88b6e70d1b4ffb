import StrictJSON

/// A named operation of a plugin, as the host knows it. A value: nothing here can run.
package struct Tool: Sendable {
    package var name: String
    /// The identity of the plugin that has it (reverse DNS).
    package var plugin: String
    package var title: String
    package var description: String
    package var inputSchema: JSON
    package var outputSchema: JSON?
    package var traits: Traits
    package var contract: Contract

    package struct Traits: OptionSet, Sendable, Hashable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }

        // The bits are those of ILK_TOOL_* in interlock.h.
        package static let readOnly = Traits(rawValue: 1 << 0)
        package static let idempotent = Traits(rawValue: 1 << 1)
        package static let destructive = Traits(rawValue: 1 << 2)
        package static let openWorld = Traits(rawValue: 1 << 3)
        package static let reentrant = Traits(rawValue: 1 << 4)
        package static let stateful = Traits(rawValue: 1 << 5)
        package static let spawns = Traits(rawValue: 1 << 6)
        package static let network = Traits(rawValue: 1 << 7)
        package static let sharesState = Traits(rawValue: 1 << 8)
    }

    package init(
        name: String, plugin: String, title: String = "", description: String = "", inputSchema: JSON,
        outputSchema: JSON? = nil, traits: Traits = [], contract: Contract
    ) {
        self.name = name
        self.plugin = plugin
        self.title = title
        self.description = description
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.traits = traits
        self.contract = contract
    }
}
