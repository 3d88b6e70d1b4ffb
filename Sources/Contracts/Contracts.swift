import Calls
import StrictJSON

/// From a tool's contract and a call's arguments to what the call demands. Data in, data out: no plugin code runs.
///
/// What cannot be read from the arguments is taken in its widest sense: a claim that is too wide costs parallelism, one that
/// is too narrow would cost the promise.
package enum Contracts {
    /// What a call of the tool needs, by its contract and its arguments.
    ///
    /// - Returns: Nil if there are more than ``mostDemands``.
    package static func demands(of tool: Tool, arguments: JSON) -> [Demand]? {
        var demands: [Demand] = []
        for (place, claim) in tool.contract.claims.enumerated()
        where claim.when.allSatisfy({ $0.holds(for: arguments) }) {
            demands += claim.resources(from: arguments).map {
                Demand($0, claim: place, isReleasable: claim.isReleasable)
            }
            if demands.count > mostDemands { return nil }
        }
        if !tool.contract.isDeclared || tool.contract.takesEverything { demands.append(.everything) }
        return demands + reentrancy(of: tool)
    }

    /// Each is looked at before the call has a time of its own.
    package static let mostDemands = 10_000

    /// A tool that cannot run beside itself takes itself; one that shares state with its siblings takes the plugin.
    private static func reentrancy(of tool: Tool) -> [Demand] {
        if tool.traits.contains(.sharesState) {
            return [Demand(.own(.host("plugin", tool.plugin), .exclusive))]
        }
        if !tool.traits.contains(.reentrant) {
            return [Demand(.own(.host("tool", "\(tool.plugin)/\(tool.name)"), .exclusive))]
        }
        return []
    }
}

extension Demand {
    /// The whole workspace, and every other root.
    package static let everything = Demand(.path(PathDemand(path: nil, mode: .exclusive, scope: .subtree)))
}

extension ClaimTemplate {
    /// Each value that the source finds yields one; a value that is not there yields the fallback, else the widest.
    fileprivate func resources(from arguments: JSON) -> [Demand.Resource] {
        switch source {
        case .literal(let text): return [demand(for: .string(text))]
        case .pointer(let pointer, let ifMissing):
            let found = pointer.values(in: arguments)
            let values = found.isEmpty ? [nil] : found
            return values.map { demand(for: $0 ?? ifMissing.map(JSON.string)) }
        }
    }

    private func demand(for value: JSON?) -> Demand.Resource {
        switch resource {
        case .path(let mode, let scope, let effects):
            guard let path = value?.string else {
                return .path(PathDemand(path: nil, mode: mode, scope: .subtree, effects: effects))
            }
            return .path(PathDemand(path: Array(path.utf8), mode: mode, scope: scope, effects: effects))
        case .key(let kind, let mode): return .key(kind: kind, value?.string, mode)
        case .name(let kind): return .name(kind: kind, wish: value?.string ?? kind)
        case .units(let pool, let capacity):
            // Written as a literal, a number of units is text too.
            let units = value?.number?.integer ?? value?.string.flatMap { Int($0) }
            return .units(pool: pool, max(0, units ?? max(capacity, 1)), capacity: capacity)
        }
    }
}

extension ClaimTemplate.Condition {
    fileprivate func holds(for arguments: JSON) -> Bool {
        func values(_ pointer: JSONPointer) -> [JSON] { pointer.values(in: arguments).compactMap { $0 } }
        return switch self {
        case .equals(let pointer, let value): values(pointer).contains(value)
        case .isIn(let pointer, let options): values(pointer).contains { options.contains($0) }
        case .present(let pointer): !values(pointer).isEmpty
        case .absent(let pointer): values(pointer).isEmpty
        }
    }
}
