import CInterlock

/// Which claims a call of a tool may need: an upper bound, as data. The host reads it, makes the call's claims from its
/// arguments, and runs it as soon as no earlier call is in its way. Nothing of the plugin runs for that.
///
/// ```swift
/// static let contract: Contract = [
///     .reads("/template"),
///     .writes("/path", .createsFile),
///     .units(pool: "renderers", 1, capacity: 2, when: [.equals("/mode", "slow")]),
/// ]
/// ```
public struct Contract: Sendable, ExpressibleByArrayLiteral {
    /// A claim's place here is its number in ``Call/release(claim:)`` and ``Reservations/name(claim:)``.
    public var claims: [Claim]

    /// A contract of these claims; of none, the whole workspace.
    public init(_ claims: [Claim]) { self.claims = claims }
    /// A contract of these claims; of none, the whole workspace.
    public init(arrayLiteral claims: Claim...) { self.claims = claims }
}

/// One line of a contract.
public struct Claim: Sendable {
    /// Where a path, key, wish or number comes from. A string literal is a JSON Pointer into the arguments in which the
    /// segment `[]` means each element: `/path`, `/edits/[]/path`.
    public enum Source: Sendable, ExpressibleByStringLiteral {
        case pointer(String)
        /// The same for every call: a path relative to the workspace, a key, a wish.
        case literal(String)

        /// A JSON Pointer.
        public init(stringLiteral pointer: String) { self = .pointer(pointer) }
    }

    /// How a claim stands to other claims on the same thing: shared ones run side by side.
    public enum Mode: UInt32, Sendable {
        case shared = 1
        case exclusive = 2
    }

    /// How much of what a path names is claimed.
    public enum Scope: UInt32, Sendable {
        /// One file.
        case exact = 1
        /// Which names a directory has, and of what kind; not their contents or sizes.
        case entries = 2
        /// A file or directory and everything below it.
        case subtree = 3
    }

    /// What a claim to write may do to the directory entry. Without any, it only replaces the content of what is there.
    public struct Effects: OptionSet, Sendable, Hashable {
        /// The bits of the `ILK_*` claim flags in interlock.h.
        public let rawValue: UInt32
        /// Effects by their bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// May make a regular file, with missing parent directories, through ``Files``.
        public static let createsFile = Effects(rawValue: UInt32(ILK_CREATES_FILE))
        /// May make anything, a link too.
        public static let creates = Effects(rawValue: UInt32(ILK_CREATES))
        /// May remove the entry, or move it away.
        public static let removes = Effects(rawValue: UInt32(ILK_REMOVES))
        /// May make a directory, with its missing parents, and nothing else.
        public static let createsDirectory = Effects(rawValue: UInt32(ILK_CREATES_DIRECTORY))
        /// The other end of a move: what a claim of this call that `removes` takes away may come to be here.
        public static let receives = Effects(rawValue: UInt32(ILK_RECEIVES))
        /// Names the entry itself: a symbolic link at the end of the path is not followed.
        public static let entry = Effects(rawValue: UInt32(ILK_ENTRY))
    }

    /// What must hold of the arguments for a claim to apply.
    public enum Condition: Sendable {
        case equals(_ pointer: String, Literal)
        case isIn(_ pointer: String, [Literal])
        case present(_ pointer: String)
        case absent(_ pointer: String)
    }

    /// A JSON value to compare an argument with.
    public enum Literal: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
    {
        case string(String)
        case integer(Int)
        case bool(Bool)

        /// A string.
        public init(stringLiteral value: String) { self = .string(value) }
        /// A number.
        public init(integerLiteral value: Int) { self = .integer(value) }
        /// A truth value.
        public init(booleanLiteral value: Bool) { self = .bool(value) }

        var json: String {
            switch self {
            case .string(let value): JSONText.quoted(value)
            case .integer(let value): String(value)
            case .bool(let value): value ? "true" : "false"
            }
        }
    }

    // As in ilk_claim; see interlock.h for what each field means.
    var type: UInt32
    var kind: String
    var source: Source?
    var mode: Mode = .exclusive
    var scope: Scope = .exact
    var effects: Effects = []
    var units = 0
    var capacity = 0
    var ifMissing: String?
    var when: [Condition] = []
    var isReleasable = false
}

extension Claim {
    /// Reads the file at a path; with `scope: .subtree`, everything below it.
    ///
    /// - Parameters:
    ///   - ifMissing: The path to take when the pointer finds nothing; nil = everything.
    ///   - releasable: May be given back before the call ends (``Call/release(claim:)``).
    public static func reads(
        _ path: Source, _ scope: Scope = .exact, ifMissing: String? = nil, when: [Condition] = [],
        releasable: Bool = false
    ) -> Claim {
        Claim(
            type: UInt32(ILK_CLAIM_KEY), kind: "path", source: path, mode: .shared, scope: scope, ifMissing: ifMissing,
            when: when, isReleasable: releasable)
    }

    /// Lists the names in the directory at a path. It orders the call behind those that create or remove names there, and
    /// not behind those that only change contents.
    public static func lists(_ path: Source, ifMissing: String? = nil, when: [Condition] = []) -> Claim {
        .reads(path, .entries, ifMissing: ifMissing, when: when)
    }

    /// Writes the file at a path; with `scope: .subtree`, everything below it.
    public static func writes(
        _ path: Source, _ effects: Effects = [], scope: Scope = .exact, ifMissing: String? = nil,
        when: [Condition] = [], releasable: Bool = false
    ) -> Claim {
        Claim(
            type: UInt32(ILK_CLAIM_KEY), kind: "path", source: path, mode: .exclusive, scope: scope, effects: effects,
            ifMissing: ifMissing, when: when, isReleasable: releasable)
    }

    /// A named key of a kind of your own, for what is not a file: a repository, a device, a document in a database.
    public static func key(
        _ kind: String, _ mode: Mode, _ key: Source, ifMissing: String? = nil, when: [Condition] = [],
        releasable: Bool = false
    ) -> Claim {
        Claim(
            type: UInt32(ILK_CLAIM_KEY), kind: kind, source: key, mode: mode, ifMissing: ifMissing, when: when,
            isReleasable: releasable)
    }

    /// A unique name made from a wish: "build", then "build-2". ``Reservations/name(claim:)`` tells which it became.
    public static func name(
        kind: String, from wish: Source, ifMissing: String? = nil, when: [Condition] = []
    ) -> Claim {
        Claim(type: UInt32(ILK_CLAIM_NAME), kind: kind, source: wish, ifMissing: ifMissing, when: when)
    }

    /// Units of a counted pool.
    ///
    /// - Parameter capacity: The pool's size unless the operator sets another; 0 = the operator must.
    public static func units(pool: String, _ units: Int, capacity: Int = 0, when: [Condition] = []) -> Claim {
        Claim(type: UInt32(ILK_CLAIM_UNITS), kind: pool, units: units, capacity: capacity, when: when)
    }

    /// As many units of a counted pool as the argument at a pointer says.
    public static func units(
        pool: String, from pointer: String, ifMissing: Int? = nil, capacity: Int = 0, when: [Condition] = []
    ) -> Claim {
        Claim(
            type: UInt32(ILK_CLAIM_UNITS), kind: pool, source: .pointer(pointer), capacity: capacity,
            ifMissing: ifMissing.map(String.init), when: when)
    }
}
