import Calls
import Scheduling

/// What would happen to a call, if its turn ran now and no call of it ended before the last had been entered.
public struct Explanation: Sendable {
    /// An earlier call of the turn that a call would wait for, and why.
    public struct Obstacle: Sendable, Equatable {
        /// The earlier call's place in the turn, from 0.
        public var place: Int
        /// What both need, in words: `src/a.swift`, `everything below src`.
        public var resource: String
        /// What the earlier call claims.
        public var mode: Mode
    }

    /// The call that is explained.
    public var call: Call
    /// In words, as the file system and the earlier calls are now: `src/a.swift (exclusive)`.
    public var claims: [String]
    /// The calls that are first in its way; empty when it would start at once.
    public var waitsFor: [Obstacle]
    /// Why the call would be refused; nil when it would not.
    public var refusal: String?
    /// Whether an earlier call may change what its paths mean, so that it claims more than it will need.
    public var isProvisional: Bool
}

extension Host {
    /// A dry run: what each call of a turn would claim, and for whom it would wait. One explanation for each call, in the
    /// turn's order. Nothing starts and nothing is changed; calls that run at the moment are not looked at.
    ///
    /// May be called from any thread; looks at the file system.
    public func explain(_ turn: Turn) -> [Explanation] {
        var plan = Plan(
            limits: Limits(jobs: .max, queue: .max), pools: deployment.pools, names: workspace.roots.names)
        return turn.calls.enumerated().map { place, call in
            let number = CallNumber(UInt64(place) + 1)
            var explanation = Explanation(call: call, claims: [], waitsFor: [], isProvisional: false)
            switch takeIn(call, turn: TurnNumber(0)) {
            case .refused(let why): explanation.refusal = why
            case .taken(let served, _, let demands):
                let submission = Plan.Submission(
                    call: number, tool: served.tool.name, plugin: served.tool.plugin, demands: demands)
                let look = Plan.Look(walks: demands.pathsToWalk.map(workspace.look), epoch: plan.epoch)
                let actions = plan.submit(submission, look, now: 0)
                for case .settle(_, let outcome) in actions { explanation.refusal = outcome.message }
                explanation.claims = plan.claims(of: number)
                explanation.isProvisional = plan.isProvisional(number)
                explanation.waitsFor = plan.obstacles(of: number).map {
                    .init(place: Int($0.call.rawValue) - 1, resource: $0.resource, mode: $0.mode)
                }
            }
            return explanation
        }
    }
}
