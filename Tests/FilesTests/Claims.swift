import Calls
import StrictJSON

/// What a call may touch: a contract with the call's arguments in it, for plain paths without links.
struct Claims {
    enum Need {
        case read, list, look, overwrite, create, remove
    }

    private struct Claim {
        var path: String
        var mode: Mode
        var scope: Scope
        var effects: Effects
    }

    private var claims: [Claim] = []

    init(_ contract: Contract, arguments: JSON) {
        for template in contract.claims where Self.applies(template.when, arguments) {
            guard case .path(let mode, let scope, let effects) = template.resource,
                case .pointer(let pointer, let ifMissing) = template.source,
                let path = pointer.values(in: arguments).first??.string ?? ifMissing
            else { continue }
            claims.append(Claim(path: Workspace.plain(path), mode: mode, scope: scope, effects: effects))
        }
    }

    private static func applies(_ conditions: [ClaimTemplate.Condition], _ arguments: JSON) -> Bool {
        conditions.allSatisfy { condition in
            guard case .equals(let pointer, let value) = condition else { return false }
            return pointer.values(in: arguments).first == value
        }
    }

    func allow(_ need: Need, _ path: String) -> Bool {
        claims.contains { claim in
            let isInside = path == claim.path || claim.path == "." || path.hasPrefix(claim.path + "/")
            guard claim.scope == .subtree ? isInside : path == claim.path else { return false }
            switch need {
            case .look: return true
            case .read: return claim.scope != .entries
            case .list: return claim.scope != .exact
            case .overwrite: return claim.mode == .exclusive
            case .create:
                return claim.mode == .exclusive
                    && !claim.effects.isDisjoint(with: [.creates, .createsFile, .createsDirectory, .receives])
            case .remove: return claim.mode == .exclusive && claim.effects.contains(.removes)
            }
        }
    }
}
