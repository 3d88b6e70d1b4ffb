import Calls
import Foundation
import Guards
import Interlock
import System
import TestSupport

/// A scenario played in its world: what came out, and what the tree looks like.
package struct ScenarioRun: Sendable {
    package var outcomes: [Outcome?]
    package var tree: World.Snapshot

    /// Plays the whole scenario on one host.
    package init(
        _ scenario: Scenario, policy: Policy = .contracts, guards: RaceGuards = .all
    ) async throws {
        let world = try World(seed: scenario.seed)
        var deployment = Self.deployment(world)
        deployment.policy = policy
        deployment.limits.jobs = scenario.jobs
        if scenario.isImpatient {
            deployment.limits.wait = .milliseconds(5)
            deployment.tools["file_search"] = .init()
            deployment.tools["file_search"]?.timeLimit = .milliseconds(1)
        }
        let host = try Self.host(deployment, isSlow: scenario.isSlow, guards)
        let found = await Self.play(scenario, on: host)
        host.shutDown()
        outcomes = found.map { $0.hiding(world.directory.path) }
        tree = try world.snapshot()
        try world.remove()
    }

    /// Runs the calls at `places` one after another, each when the one before it has ended: the definition of what must
    /// come out.
    package init(_ scenario: Scenario, oneByOne places: [Int]) async throws {
        let world = try World(seed: scenario.seed)
        let host = try Self.host(Self.deployment(world), isSlow: false)
        outcomes = Array(repeating: nil, count: scenario.steps.count)
        for place in places {
            let outcome = await host.run(Turn(calls: [scenario.steps[place].call]))[0]
            outcomes[place] = outcome.hiding(world.directory.path)
        }
        host.shutDown()
        tree = try world.snapshot()
        try world.remove()
    }

    private static func deployment(_ world: World) -> Deployment {
        var deployment = Deployment(workspace: world.directory.path)
        guard let isolation = Deployment.IsolationLevel(rawValue: TestedIsolation.name) else {
            preconditionFailure("there is no isolation \"\(TestedIsolation.name)\"")
        }
        deployment.plugins = [Deployment.Plugin(file: Bundled.files, isolation: isolation)]
        deployment.durability = .none
        return deployment
    }

    private static func host(
        _ deployment: Deployment, isSlow: Bool, _ guards: RaceGuards = .all
    ) throws -> Interlock.Host {
        var kernel = Kernel()
        kernel.guards = guards
        if isSlow {
            // Only when things happen is left to chance, not what.
            kernel.intercept = { _ in if Int.random(in: 0..<4) == 0 { usleep(.random(in: 0..<300)) } }
        }
        let host = try Interlock.Host(deployment, kernel: kernel) { _, _ in }
        precondition(host.problems.isEmpty, "\(host.problems)")
        return host
    }

    private static func play(_ scenario: Scenario, on host: Interlock.Host) async -> [Outcome] {
        let turns = (0..<scenario.turns).map { _ in host.begin() }
        var places: [(turn: RunningTurn, place: Int)] = []
        for step in scenario.steps {
            let turn = turns[step.turn]
            places.append((turn, turn.ingest(step.call)))
            if step.cancelsTurn { turn.cancel() }
        }
        var outcomes: [Outcome] = []
        for entered in places { outcomes.append(await entered.turn.outcome(of: entered.place)) }
        return outcomes
    }
}

extension Outcome {
    /// Worlds lie in different directories.
    fileprivate func hiding(_ directory: String) -> Outcome {
        var outcome = self
        outcome.message = message.replacingOccurrences(of: directory, with: "ROOT")
        outcome.content = content.map { piece in
            guard case .text(let text) = piece else { return piece }
            return .text(text.replacingOccurrences(of: directory, with: "ROOT"))
        }
        return outcome
    }
}
