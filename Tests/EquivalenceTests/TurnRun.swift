import Calls
import Foundation
import Interlock
import TestSupport

/// One turn, run on a world of its own: what came out, and what the tree looks like.
struct TurnRun: Equatable {
    var outcomes: [Outcome]
    var tree: World.Snapshot

    enum Order {
        /// Each call when the one before it has ended: the definition of what must come out.
        case oneByOne
        /// All at once, as the model wrote them.
        case together
        /// All at once, in an order of the seed's: what a scheduler without ordered ingest would be free to do.
        case shuffled(seed: UInt64)
    }

    init(world seed: UInt64, _ turn: Turn, _ order: Order, policy: Policy = .contracts) async throws {
        let world = try World(seed: seed)
        var deployment = Deployment(workspace: world.directory.path)
        deployment.plugins = [Deployment.Plugin(file: Bundled.files)]
        deployment.durability = .none
        deployment.policy = policy
        let host = try Interlock.Host(deployment) { _, _ in }
        precondition(host.problems.isEmpty, "\(host.problems)")
        outcomes = try await Self.run(turn, order, on: host)
        host.shutDown()
        for place in outcomes.indices { outcomes[place].hide(world.directory.path) }
        tree = try world.snapshot()
        try world.remove()
    }

    private static func run(_ turn: Turn, _ order: Order, on host: Interlock.Host) async throws -> [Outcome] {
        switch order {
        case .together: return await host.run(turn)
        case .oneByOne:
            var outcomes: [Outcome] = []
            for call in turn.calls { outcomes += await host.run(Turn(calls: [call])) }
            return outcomes
        case .shuffled(let seed):
            var random = SeededGenerator(seed: seed)
            let places = Array(turn.calls.indices).shuffled(using: &random)
            let shuffled = await host.run(Turn(calls: places.map { turn.calls[$0] }))
            var outcomes = shuffled
            for (outcome, place) in zip(shuffled, places) { outcomes[place] = outcome }
            return outcomes
        }
    }

    /// The first difference, in words.
    func difference(from expected: TurnRun, _ turn: Turn) -> String? {
        for (place, call) in turn.calls.enumerated() where outcomes[place] != expected.outcomes[place] {
            return
                "call \(place + 1), \(call.words):\n  one by one: \(expected.outcomes[place])\n  together:   \(outcomes[place])"
        }
        for name in Set(tree.keys).union(expected.tree.keys).sorted() where tree[name] != expected.tree[name] {
            return "\(name):\n  one by one: \(expected.tree[name] ?? "-")\n  together:   \(tree[name] ?? "-")"
        }
        return nil
    }
}

extension Outcome {
    /// The two worlds lie in different directories.
    fileprivate mutating func hide(_ directory: String) {
        message = message.replacingOccurrences(of: directory, with: "ROOT")
        content = content.map { piece in
            guard case .text(let text) = piece else { return piece }
            return .text(text.replacingOccurrences(of: directory, with: "ROOT"))
        }
    }
}
