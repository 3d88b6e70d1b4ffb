import StrictJSON

/// A tool's declared upper bound: which claims a call of it may need. Data, never code.
package struct Contract: Sendable, Equatable {
    package var claims: [ClaimTemplate]
    /// The whole workspace for itself besides: an operator's word, which no plugin can take back.
    package var takesEverything = false

    package init(claims: [ClaimTemplate]) {
        self.claims = claims
    }

    /// Whether it claims anything. If not, a call takes the whole workspace for itself.
    package var isDeclared: Bool { !claims.isEmpty }
}

/// One line of a contract.
package struct ClaimTemplate: Sendable, Equatable {
    package enum Resource: Sendable, Equatable {
        case path(Mode, Scope, Effects)
        case key(kind: String, Mode)
        case name(kind: String)
        /// `capacity`: the pool's size unless the operator sets another; 0 = the operator must.
        case units(pool: String, capacity: Int)
    }

    /// Where the path, key, wish or number comes from.
    package enum Source: Sendable, Equatable {
        case literal(String)
        /// A JSON Pointer into the arguments in which the segment `[]` means each element.
        case pointer(JSONPointer, ifMissing: String?)
    }

    package enum Condition: Sendable, Equatable {
        case equals(pointer: JSONPointer, JSON)
        case isIn(pointer: JSONPointer, [JSON])
        case present(pointer: JSONPointer)
        case absent(pointer: JSONPointer)
    }

    package var resource: Resource
    package var source: Source
    /// All must hold for the claim to apply.
    package var when: [Condition]
    package var isReleasable: Bool

    package init(
        _ resource: Resource, from source: Source, when: [Condition] = [], isReleasable: Bool = false
    ) {
        self.resource = resource
        self.source = source
        self.when = when
        self.isReleasable = isReleasable
    }
}

/// How a claim stands to other claims on the same resource.
public enum Mode: String, Sendable, Hashable {
    /// Beside other shared ones.
    case shared
    /// Alone.
    case exclusive

    /// As people are told: joint is exclusive to everybody but its like.
    package init(_ mode: LockMode) {
        self = mode == .shared ? .shared : .exclusive
    }
}

package enum Scope: Sendable, Hashable {
    /// One file, or one named key.
    case exact
    /// Which names a directory has.
    case entries
    /// A file or directory and everything below it.
    case subtree
}

/// What an exclusive claim on a path may do to the directory entry. Empty: only overwrite content that is there.
package struct Effects: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    // The bits are those of the ILK_* claim flags in interlock.h.
    package static let createsFile = Effects(rawValue: 1)
    package static let creates = Effects(rawValue: 2)
    package static let removes = Effects(rawValue: 4)
    /// The claim names the entry itself: a symbolic link at the end of the path is not followed.
    package static let entry = Effects(rawValue: 8)
    /// May make a directory, with its missing parents, and nothing else.
    package static let createsDirectory = Effects(rawValue: 32)
    /// What the call's own `removes` claim takes away may come to be here: the other end of a move.
    package static let receives = Effects(rawValue: 64)

    /// Something may come to be where nothing was.
    package static let creating: Effects = [.createsFile, .createsDirectory, .creates]
    /// What was there may be another thing than before.
    package static let replacing: Effects = [.creates, .createsDirectory, .removes, .receives]
    /// What is there may go, or something else come in its place.
    package static let removing: Effects = [.removes, .receives]
    /// A file may be made, and nothing else happens to the entry.
    package static let makingFile: Effects = [.createsFile, .entry]

    package var createSomething: Bool { !isDisjoint(with: .creating) }
}
