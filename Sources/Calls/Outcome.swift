import StrictJSON

/// How a call ended, and what it has to say.
public struct Outcome: Sendable, Equatable {
    /// The ways in which a call can end.
    public enum Kind: String, Sendable, CaseIterable {
        /// The tool did what it was asked for.
        case succeeded
        /// The tool said so.
        case failed
        /// Bad arguments, unknown tool, policy: it never started.
        case refused
        /// It never started, and left no trace.
        case cancelled
        /// Started, then cancelled: effects unknown.
        case interrupted
        /// Its time was up: effects unknown.
        case timedOut
        /// Its process was gone before it answered: effects unknown.
        case crashed
        /// It tried to touch what it had not claimed.
        case violated
    }

    /// A piece of the result.
    public enum Content: Sendable, Equatable {
        /// Of the type text/plain.
        case text(String)
        /// Of any other type, such as image/png.
        case data(mime: String, [UInt8])
    }

    /// How it ended.
    public var kind: Kind
    /// What the tool said, in its order; also of a call that did not succeed.
    public var content: [Content]
    /// The structured result, as the tool gave it.
    public var structured: JSON?
    /// Why it did not succeed: for the model to read. Empty when it succeeded.
    public var message: String
    /// More for a program to read.
    public var details: JSON?
    /// What was promised while it ran; nil = none of the tool's code ran.
    public var enforcement: Enforcement?
    /// What the kernel refused to programs that the tool ran: "write: notes/todo.md".
    public var denied: [String]

    /// An outcome of your own making, for calls that the host is not asked to run: those of your program's own tools, or
    /// one that the user did not allow.
    public init(
        _ kind: Kind, content: [Content] = [], structured: JSON? = nil, message: String = "", details: JSON? = nil
    ) {
        self.kind = kind
        self.content = content
        self.structured = structured
        self.message = message
        self.details = details
        enforcement = nil
        denied = []
    }

    /// Whether the call began to run.
    public var started: Bool { kind != .refused && kind != .cancelled }
}

/// What was promised about a call while it ran.
public enum Enforcement: String, Sendable {
    /// The host checked its own services; the plugin's other doings were not watched.
    case advisory
    /// The kernel denied everything that the call had not claimed.
    case kernel
    /// The kernel denied everything that no call of the plugin may claim: its calls share one process.
    case kernelPlugin = "kernel (plugin)"
}
