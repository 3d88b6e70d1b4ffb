import Calls

extension Policy {
    /// What the policy adds to a call's demands.
    func demands(for tool: Tool, in turn: TurnNumber) -> [Demand] {
        let mode: Mode = tool.traits.contains(.readOnly) ? .shared : .exclusive
        let inTurn = "\(rawValue) in turn \(turn.rawValue)"
        return switch self {
        case .contracts: []
        case .serial: [Demand(.own(.host("policy", inTurn), .exclusive))]
        case .rwlock: [Demand(.own(.host("policy", rawValue), mode))]
        case .barriers: [Demand(.own(.host("policy", inTurn), mode))]
        }
    }
}
