import CInterlock

/// Why a tool could not do what it was asked: for the model, which may try otherwise.
public struct ToolError: Error, Sendable {
    /// What, where, why, and what would help.
    public var message: String
    /// More for a program to read.
    public var details: (any Encodable & Sendable)?
    /// The arguments make no sense, beyond what the schema can say.
    public var concernsArguments: Bool

    /// An error for the model.
    public init(_ message: String, details: (any Encodable & Sendable)? = nil, concernsArguments: Bool = false) {
        self.message = message
        self.details = details
        self.concernsArguments = concernsArguments
    }
}

/// A service of the host that did nothing, and why.
public struct HostError: Error, Sendable, Equatable {
    /// What kind of error it is.
    public enum Code: Int32, Sendable {
        /// The call should stop: it was cancelled, or its time is up.
        case cancelled = -3
        /// Outside the call's claims: it ends as violated, whatever it does now.
        case denied = -4
        /// The host refused what the plugin passed in, or answered something that this kit does not know.
        case `internal` = -5
        /// The call has ended.
        case stale = -6
        case notFound = -7
        case exists = -8
        /// The file is not the version that a write was conditional on.
        case changed = -9
        /// A directory where a file is needed, or the other way round.
        case wrongKind = -10
        /// A limit of the host; the message names it.
        case limit = -11
        /// The system refused: no space, no permission, a device error.
        case io = -12
        /// This host does not have the service at all.
        case unavailable = 1
    }

    /// What kind of error it is.
    public var code: Code
    /// The host's own words.
    public var message: String

    /// An error as the host would give it, for tests of your own.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The status that ends a call which does not catch this: what the model can act upon, it is told.
    var status: ilk_status {
        switch code {
        case .cancelled, .denied, .stale, .internal: code.rawValue
        case .notFound, .exists, .changed, .wrongKind, .limit, .io, .unavailable: ILK_E_TOOL
        }
    }
}
