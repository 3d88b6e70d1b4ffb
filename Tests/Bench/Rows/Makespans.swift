import Calls
import Floors
import Interlock
import TestSupport

/// Mixed turns of calls that take 50 ms each, by policy, against their longest chain of calls that really conflict.
enum Makespans {
    private static let nap = 50

    static var rows: [Row] { Policy.allCases.map(row) + [sortedLocks] }

    private static func row(_ policy: Policy) -> Row {
        Row(
            name: "makespan-\(policy.rawValue)", section: .makespan,
            subject: "turns of 12 calls of \(nap) ms, policy `\(policy.rawValue)`", reference: reference, unit: .times,
            goal: policy == .contracts ? 1.02 : nil
        ) { setting in
            try await measure(setting) { turn, nap in
                let rig = try HostRig(setting, files: 0, policy: policy)
                defer { rig.shutDown() }
                try turn.makeFiles(in: rig.workspace)
                return try await rig.time(rig.turn(turn.steps.map { ($0.kind.rawValue, $0.path, nap) }))
            }
        }
    }

    private static let reference = "the longest chain of conflicting calls, slept through by one thread"

    private static let workers = 8
    private static let sortedLocks = Row(
        name: "makespan-sorted-locks", section: .makespan,
        subject:
            "turns of 12 calls of \(nap) ms, \(workers) workers that lock each call's files in sorted order (in C)",
        reference: reference, unit: .times, goal: nil
    ) { setting in
        try await measure(setting) { turn, nap in
            let calls = turn.steps.map { step in
                floor_call(
                    shared: step.kind == .change ? 0 : step.files, exclusive: step.kind == .change ? step.files : 0,
                    nap: UInt64(nap) * 1_000_000)
            }
            return Double(floor_sorted_locks(calls, Int32(calls.count), Int32(workers)))
        }
    }

    private static func measure(
        _ setting: Setting, _ time: (MixedTurn, Int) async throws -> Double
    ) async throws -> [Round] {
        let nap = setting.size(nap, quick: 2)
        var rounds: [Round] = []
        for seed in 1...UInt64(setting.rounds(8)) {
            let turn = MixedTurn(seed: seed)
            rounds += try await Round.interleave(1, warms: false) {
                try await time(turn, nap)
            } reference: {
                Double(floor_naps(Int32(turn.longestChain), UInt64(nap) * 1_000_000))
            }
        }
        return rounds
    }
}
