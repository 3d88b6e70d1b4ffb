import CInterlock

/// A named operation: what the model reads about it, what it needs, and what it does.
///
/// ```swift
/// struct WordCount: Tool {
///     static let name = "word_count"
///     static let description = "Counts the words of a file."
///     static let traits: Traits = [.readOnly, .reentrant]
///     static let contract: Contract = [.reads("/path")]
///     static let input: Schema = .object(["path": .string("The file, relative to the workspace.")])
///
///     struct Arguments: Decodable { var path: String }
///
///     func run(_ arguments: Arguments, _ call: Call) throws {
///         let text = try call.files.read(arguments.path).text
///         try call.emit("\(text.split(whereSeparator: \.isWhitespace).count) words")
///     }
/// }
/// ```
///
/// One value of the type serves every call. With ``Traits/reentrant`` several threads run it at once; without, the host
/// runs its calls one at a time.
public protocol Tool: Sendable {
    /// What the host's schema let through, decoded from JSON.
    associatedtype Arguments: Decodable

    /// 1 to 64 of `a-z A-Z 0-9 _ -`; unique in the host.
    static var name: String { get }
    /// For people; empty by default.
    static var title: String { get }
    /// For the model: what it does, when to use it, what it answers.
    static var description: String { get }
    /// Effects and thread-safety; none by default.
    static var traits: Traits { get }
    /// What a call needs, as data. Empty (the default) means the whole workspace for itself: right, but never parallel.
    static var contract: Contract { get }
    /// The arguments; always an object.
    static var input: Schema { get }
    /// The structured result, if there is one.
    static var output: Schema? { get }

    /// Runs one call, on a thread of the host with at least 1 MiB of stack. It may block that thread.
    ///
    /// - Throws: ``ToolError`` to tell the model why it did not work. A ``HostError`` may pass through: where the model
    ///   can do something about it (no such file, …) it is told so. Anything else is a fault of the plugin: the operator
    ///   reads it and the model learns only the fact.
    func run(_ arguments: Arguments, _ call: Call) throws
}

extension Tool {
    public static var title: String { "" }
    public static var traits: Traits { [] }
    public static var contract: Contract { [] }
    public static var output: Schema? { nil }
}

/// What a tool says of itself beside its contract. Effects and thread-safety are separate.
public struct Traits: OptionSet, Sendable, Hashable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Changes nothing. A contract that writes is then refused when the plugin is loaded.
    public static let readOnly = Traits(rawValue: ILK_TOOL_READ_ONLY)
    /// Once more does no harm.
    public static let idempotent = Traits(rawValue: ILK_TOOL_IDEMPOTENT)
    /// May destroy what was there.
    public static let destructive = Traits(rawValue: ILK_TOOL_DESTRUCTIVE)
    /// Reaches beyond the workspace.
    public static let openWorld = Traits(rawValue: ILK_TOOL_OPEN_WORLD)
    /// `run` may be running several times at once.
    public static let reentrant = Traits(rawValue: ILK_TOOL_REENTRANT)
    /// Keeps state beyond a call (a language server, a connection).
    public static let stateful = Traits(rawValue: ILK_TOOL_STATEFUL)
    /// Runs programs.
    public static let spawns = Traits(rawValue: ILK_TOOL_SPAWNS)
    /// Uses the network.
    public static let network = Traits(rawValue: ILK_TOOL_NETWORK)
    /// Shares state with the plugin's other tools: one call of them all at a time.
    public static let sharesState = Traits(rawValue: ILK_TOOL_SHARES)
}
