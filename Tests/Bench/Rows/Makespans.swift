import Calls
import Floors
import Interlock
import System
import TestSupport

/// Mixed turns of calls that take 50 ms each, by policy, against their longest chain of calls that really conflict.
enum Makespans {
    private static let nap = 50

    static var rows: [Row] { Policy.allCases.map(row) + [sortedLocks, reordered] }

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
            Double(sortedLocks(turn, nap).time)
        }
    }

    /// How long it took, and in which order the calls got their locks.
    private static func sortedLocks(_ turn: MixedTurn, _ nap: Int) -> (time: UInt64, started: [Int32]) {
        let calls = turn.steps.map { step in
            floor_call(
                shared: step.kind == .change ? 0 : step.files, exclusive: step.kind == .change ? step.files : 0,
                nap: UInt64(nap) * 1_000_000)
        }
        var started = [Int32](repeating: 0, count: calls.count)
        let time = floor_sorted_locks(calls, Int32(calls.count), Int32(workers), &started)
        return (time, started)
    }

    private static let turns = 40
    private static let reordered = Row(
        name: "sorted-locks-reordered", section: .makespan,
        subject:
            "of \(turns) turns of calls of 5 ms: those in which such workers ran conflicting calls out of the model's order",
        reference: "the same under contracts", unit: .count("turns"), goal: nil
    ) { setting in
        let (turns, nap) = (setting.size(turns, quick: 2), 5)
        return try await Round.interleave(setting.rounds(3), warms: false) {
            Double(
                (1...turns).count { seed in
                    let turn = MixedTurn(seed: UInt64(seed))
                    return turn.isReordered(sortedLocks(turn, nap).started.map(Int.init))
                })
        } reference: {
            var reordered = 0
            for seed in 1...turns {
                let turn = MixedTurn(seed: UInt64(seed))
                if turn.isReordered(try await started(turn, nap, setting)) { reordered += 1 }
            }
            return Double(reordered)
        }
    }

    /// In which order a host starts the calls.
    private static func started(_ turn: MixedTurn, _ nap: Int, _ setting: Setting) async throws -> [Int] {
        let rig = try HostRig(setting, files: 0)
        defer { rig.shutDown() }
        try turn.makeFiles(in: rig.workspace)
        let order = Guarded([Int](repeating: 0, count: turn.steps.count))
        let last = Guarded(0)
        let outcomes = await rig.host.run(rig.turn(turn.steps.map { ($0.kind.rawValue, $0.path, nap) })) { event in
            guard case .started = event.kind else { return }
            let number = last.withLock { last in
                last += 1
                return last
            }
            order.withLock { $0[event.place] = number }
        }
        try HostRig.check(outcomes)
        return order.withLock { $0 }
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
