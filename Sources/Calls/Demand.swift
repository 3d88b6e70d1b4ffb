/// What one call asks for: a contract's claim with the call's arguments put in. It names paths as the model wrote them;
/// what they denote is found by a ``PathWalk``.
package struct Demand: Sendable, Equatable {
    package enum Resource: Sendable, Equatable {
        case path(PathDemand)
        /// A named key; `nil` = every key of the kind.
        case key(kind: String, String?, Mode)
        /// A key of ``Key/host(_:_:)``: keeps calls of one host in order, and says nothing to others.
        case own(Key, Mode)
        /// A unique name made from a wish.
        case name(kind: String, wish: String)
        case units(pool: String, Int, capacity: Int)
    }

    package var resource: Resource
    /// The place of the claim in the tool's contract; nil for those that the host adds.
    package var claim: Int?
    package var isReleasable: Bool

    package init(_ resource: Resource, claim: Int? = nil, isReleasable: Bool = false) {
        self.resource = resource
        self.claim = claim
        self.isReleasable = isReleasable
    }
}

package struct PathDemand: Sendable, Hashable {
    /// As bytes: relative to the workspace, or absolute. `nil` = everything in every root.
    package var path: [UInt8]?
    package var mode: Mode
    package var scope: Scope
    package var effects: Effects

    package init(path: [UInt8]?, mode: Mode, scope: Scope, effects: Effects = []) {
        self.path = path
        self.mode = mode
        self.scope = scope
        self.effects = effects
    }

    package init(_ path: String, _ mode: Mode, _ scope: Scope, _ effects: Effects = []) {
        self.init(path: Array(path.utf8), mode: mode, scope: scope, effects: effects)
    }

    /// Whether a symbolic link at the end of the path is followed.
    package var followsLast: Bool { !effects.contains(.entry) }
}

extension [Demand] {
    /// The paths that must be looked at to know what is demanded: a ``PathWalk`` for each, in this order.
    package var pathsToWalk: [PathDemand] {
        compactMap { if case .path(let path) = $0.resource, path.path != nil { path } else { nil } }
    }
}
