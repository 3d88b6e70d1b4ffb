import Calls
import Floors
import System

/// From the end of what a call waits for to its start.
enum HandOvers {
    static let rows = [chain, early, processLocks]

    private static let key = Demand(.key(kind: "bench", "one", .exclusive), claim: 0, isReleasable: true)
    private static let times = 1000
    private static let semaphores = "as many hand-overs between two threads by semaphores, in C"

    private static let chain = Row(
        name: "hand-over-end", section: .handOver,
        subject: "\(times) trivial calls that wait for one another, to the last end",
        reference: semaphores, unit: .times, goal: 3
    ) { setting in
        let times = setting.size(times, quick: 20)
        let rig = SchedulerRig()
        let calls = Array(repeating: [key], count: times)
        return try await Round.interleave(setting.rounds(25)) {
            Double(rig.queue(calls, behind: [key]).running)
        } reference: {
            Double(floor_hand_over(Int32(times)))
        }
    }

    private static let early = Row(
        name: "hand-over-release", section: .handOver,
        subject: "\(times) claims released by calls that go on, each to the start of the successor on another thread",
        reference: semaphores, unit: .times, goal: 3
    ) { setting in
        let times = setting.size(times, quick: 20)
        let rig = SchedulerRig()
        return try await Round.interleave(setting.rounds(15)) {
            Double(relay(times, on: rig))
        } reference: {
            Double(floor_hand_over(Int32(times)))
        }
    }

    private struct Relay {
        /// How many have started.
        var started = 0
        var released: UInt64?
        /// From a release to the next start, all together.
        var gaps: UInt64 = 0
    }

    /// Each call releases its claim, and ends when its successor has started.
    private static func relay(_ times: Int, on rig: SchedulerRig) -> UInt64 {
        let relay = Monitor(Relay())
        let left = Countdown(times)
        let scheduler = rig.scheduler
        // The first starts when all are there.
        let gate = Monitor(false)
        for place in 0..<times {
            scheduler.submit(
                SchedulerRig.Job([key]) { grant in
                    let now = monotonicNow()
                    relay.updateAndWakeAll { relay in
                        relay.started += 1
                        relay.gaps += relay.released.map { now - $0 } ?? 0
                    }
                    if place == 0 { gate.wait { $0 ? .done(()) : .wait(until: nil) } }
                    guard place < times - 1 else { return }
                    relay.update { relay in
                        relay.released = monotonicNow()
                        return false
                    }
                    scheduler.release(0, of: grant.call)
                    relay.wait { $0.started > place + 1 ? .done(()) : .wait(until: nil) }
                } settle: {
                    left.count()
                })
        }
        gate.updateAndWakeAll { $0 = true }
        left.wait()
        return relay.read { $0.gaps }
    }

    private static let processLocks = Row(
        name: "process-locks-10", section: .handOver,
        subject: "ten claimed files kept from other processes, and given back",
        reference: "the same ranges of a file locked and unlocked by bare system calls", unit: .times, goal: 3
    ) { setting in
        let probe = try LockProbe(setting, claims: 10)
        let times = setting.size(200, quick: 2)
        func time(_ round: () throws -> Void) rethrows -> Double {
            let start = monotonicNow()
            for _ in 0..<times { try round() }
            return Double(monotonicNow() - start)
        }
        return try await Round.interleave(setting.rounds(25)) {
            try time(probe.round)
        } reference: {
            try time(probe.bareRound)
        }
    }
}
