import Calls
import StrictJSON

// What a host makes of a tool before anybody sees it.

extension Tool {
    /// The tool with the operator's word in its contract, so that models and people are told what holds here.
    func tightened(by settings: Deployment.ToolSettings, pools: [String: Int]) -> Tool {
        var tool = self
        tool.contract.takesEverything = settings.isExclusive
        for place in tool.contract.claims.indices {
            guard case .units(let pool, _) = tool.contract.claims[place].resource, let size = pools[pool] else {
                continue
            }
            tool.contract.claims[place].resource = .units(pool: pool, capacity: size)
        }
        return tool
    }

    /// Pointers of the contract that no arguments can satisfy, as the author of a typing error would want to know.
    var danglingPointers: [String] {
        contract.claims.compactMap { claim in
            guard case .pointer(let pointer, _) = claim.source, case .name(let name)? = pointer.segments.first else {
                return nil
            }
            let isOpen = inputSchema["additionalProperties"] != false
            return isOpen || inputSchema["properties"]?[name] != nil ? nil : pointer.text
        }
    }
}

extension ClaimTemplate {
    /// The pool that it takes units of.
    var pool: String? {
        if case .units(let pool, _) = resource { pool } else { nil }
    }
}
