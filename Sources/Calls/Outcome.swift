import StrictJSON

/// How a call ended, and what it has to say.
package struct Outcome: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case succeeded
        /// The tool said so.
        case failed
        /// Bad arguments, unknown tool, policy: it never started.
        case refused
        /// It never started, and left no trace.
        case cancelled
        /// Started, then cancelled: effects unknown.
        case interrupted
        case timedOut
        case crashed
        /// It tried to touch what it had not claimed.
        case violated
    }

    /// A piece of the result. Text is text/plain; anything else keeps its bytes.
    package enum Content: Sendable, Equatable {
        case text(String)
        case data(mime: String, [UInt8])
    }

    package var kind: Kind
    package var content: [Content]
    /// The structured result, as the tool gave it.
    package var structured: JSON?
    /// Why it did not succeed: for the model to read. Empty when it succeeded.
    package var message: String
    /// More for a program to read.
    package var details: JSON?

    package init(
        _ kind: Kind, content: [Content] = [], structured: JSON? = nil, message: String = "", details: JSON? = nil
    ) {
        self.kind = kind
        self.content = content
        self.structured = structured
        self.message = message
        self.details = details
    }

    /// Whether the call began to run.
    package var started: Bool { kind != .refused && kind != .cancelled }
}

/// What was promised about a call while it ran.
package enum Enforcement: String, Sendable {
    /// The host checked its own services; the plugin's other doings were not watched.
    case advisory
    /// The kernel denied everything else.
    case kernel
}
