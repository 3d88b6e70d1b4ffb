import StrictJSON

/// A named operation of a plugin, as the host knows it. A value: nothing here can run.
public struct Tool: Sendable {
    /// What calls name; unique in a host.
    public package(set) var name: String
    /// The identity of the plugin that has it (reverse DNS).
    public package(set) var plugin: String
    /// For people; may be empty.
    public package(set) var title: String
    /// For the model, as its author wrote it. The contract is not part of it: see ``ToolDefinitions/description(of:)``.
    public package(set) var description: String
    /// JSON Schema of the arguments, which are an object.
    public package(set) var inputSchema: JSON
    /// JSON Schema of the structured result, if it has one.
    public package(set) var outputSchema: JSON?
    /// What the tool says of itself beside its contract.
    public package(set) var traits: Traits
    package var contract: Contract

    /// Effects and thread-safety, which are separate.
    public struct Traits: OptionSet, Sendable, Hashable {
        /// The bits of `ILK_TOOL_*` in interlock.h.
        public let rawValue: UInt64
        /// Traits by their bits.
        public init(rawValue: UInt64) { self.rawValue = rawValue }

        /// Changes nothing.
        public static let readOnly = Traits(rawValue: 1 << 0)
        /// Once more does no harm.
        public static let idempotent = Traits(rawValue: 1 << 1)
        /// May destroy what was there.
        public static let destructive = Traits(rawValue: 1 << 2)
        /// Reaches beyond the workspace.
        public static let openWorld = Traits(rawValue: 1 << 3)
        /// Several calls of it may run at once; else the host runs one at a time.
        public static let reentrant = Traits(rawValue: 1 << 4)
        /// Keeps state beyond a call.
        public static let stateful = Traits(rawValue: 1 << 5)
        /// Runs programs.
        public static let spawns = Traits(rawValue: 1 << 6)
        /// Uses the network.
        public static let network = Traits(rawValue: 1 << 7)
        /// Shares state with the plugin's other tools: one call of them all at a time.
        public static let sharesState = Traits(rawValue: 1 << 8)
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
