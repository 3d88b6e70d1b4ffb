import Calls
import Contracts
import Scheduling

/// What would happen to a call, if its turn ran now.
package struct Explanation: Sendable {
    package struct Obstacle: Sendable {
        /// The earlier call's place in the turn, from 0.
        package var place: Int
        package var resource: String
        package var mode: Mode
    }

    package var call: Call
    /// In words, as the file system and the earlier calls are now.
    package var claims: [String]
    package var waitsFor: [Obstacle]
    /// Set when the call would be refused.
    package var refusal: String?
    /// An earlier call may change what its paths mean, so that it claims more than it will need.
    package var isProvisional: Bool
}

extension Host {
    /// A dry run: nothing starts, nothing is changed.
    package func explain(_ turn: Turn) -> [Explanation] {
        var plan = Plan(limits: Limits(jobs: .max, queue: .max), pools: deployment.pools)
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
