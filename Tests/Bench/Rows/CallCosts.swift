import Calls
import Floors

/// What a call that does nothing costs, above the same number of jobs in a bare pool of as many threads.
enum CallCosts {
    private static let threads = 64
    /// Claims of each call, and how much more a call of 1,000 may take, in microseconds.
    private static let kinds: [(name: String, claims: Int, goal: Double)] = [
        ("bare", 0, 1), ("path", 1, 2), ("paths", 10, 5),
    ]

    static var rows: [Row] {
        kinds.flatMap { kind in
            [1, 10, 100, 1000, 10_000].map { calls in
                Row(
                    name: "call-\(kind.name)-\(calls)", section: .calls,
                    subject: "\(calls) trivial \(calls == 1 ? "call" : "calls"), \(words(kind.claims))",
                    reference: "as many empty jobs in a pool of \(threads) threads, in C",
                    unit: .microsecondsEach, goal: calls == 1000 ? kind.goal : nil
                ) { setting in
                    try await measure(setting, calls: setting.size(calls, quick: 20), claims: kind.claims)
                }
            }
        } + [host]
    }

    private static func words(_ claims: Int) -> String {
        claims == 0 ? "no claims" : claims == 1 ? "a path claimed by each" : "\(claims) paths claimed by each"
    }

    private static func measure(_ setting: Setting, calls: Int, claims: Int) async throws -> [Round] {
        let demands = (0..<calls).map { call in
            (0..<claims).map { Demand(.path(PathDemand("\(call * claims + $0)", .exclusive, .exact)), claim: $0) }
        }
        let rig = SchedulerRig(jobs: threads, files: calls * claims)
        let pool = floor_pool_open(Int32(threads))
        defer { floor_pool_close(pool) }
        // Few calls are over at once, and one odd round says nothing: more of them.
        return try await Round.interleave(setting.rounds(calls <= 100 ? 101 : 25), calls: calls) {
            Double(rig.run(demands))
        } reference: {
            Double(floor_pool_run(pool, Int32(calls)))
        }
    }

    /// The same through a host, real files and a plugin: what other runners are compared with.
    private static var host: Row {
        let calls = 1000
        return Row(
            name: "call-host", section: .calls,
            subject: "\(calls) trivial calls through a host: arguments, schema, a claimed file, a plugin",
            reference: "as many empty jobs in a pool of \(threads) threads, in C", unit: .microsecondsEach,
            goal: nil
        ) { setting in
            let calls = setting.size(calls, quick: 20)
            let rig = try HostRig(setting, files: calls)
            defer { rig.shutDown() }
            let turn = rig.turn((0..<calls).map { ("touch", HostRig.file($0), 0) })
            let pool = floor_pool_open(Int32(threads))
            defer { floor_pool_close(pool) }
            return try await Round.interleave(setting.rounds(15), calls: calls) {
                try await rig.time(turn)
            } reference: {
                Double(floor_pool_run(pool, Int32(calls)))
            }
        }
    }
}
