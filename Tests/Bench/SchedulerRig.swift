import Calls
import Locking
import Scheduling
import System

/// A scheduler over files that are there and stay, known beforehand: what looking at the file system costs is another row's.
final class SchedulerRig: Sendable {
    let scheduler: Scheduler
    private let threads = ThreadPool()
    private let alarms = AlarmClock()

    /// Calls name the files by their numbers: `0` is the first; `d` is the directory that they are in.
    init(jobs: Int = 64, queue: Int = 1 << 20, files: Int = 0) {
        let plan = Plan(limits: Limits(jobs: jobs, queue: queue))
        let directory = Self.walk("src", .directory)
        let walks = (0..<files).map { Self.walk("src/file\($0).swift", .file) }
        scheduler = Scheduler(plan: plan, threads: threads, alarms: alarms) { demand in
            guard let path = demand.path else { preconditionFailure("a call without a path") }
            if path == [UInt8(ascii: "d")] { return directory }
            return walks[path.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }]
        }
    }

    deinit {
        alarms.close()
        threads.close()
    }

    static func walk(_ path: String, _ kind: PathWalk.Kind) -> PathWalk {
        let names = path.split(separator: "/").map { Array($0.utf8) }
        let key = Key(components: Key("path", "workspace").components + names)
        return PathWalk(canonical: key, existing: key.components.count, kind: kind)
    }

    /// A call that succeeds when `run` returns.
    final class Job: Scheduling.Job {
        let turn = TurnNumber(1)
        let place = 0
        let tool = "bench"
        let plugin = "org.example.bench"
        let demands: [Demand]
        let time: UInt64? = nil
        let canBeKilled = false
        let observe: (@Sendable (Event) -> Void)? = nil
        private let body: @Sendable (Grant) -> Void
        private let settled: @Sendable () -> Void

        init(
            _ demands: [Demand], run: @escaping @Sendable (Grant) -> Void = { _ in },
            settle: @escaping @Sendable () -> Void
        ) {
            self.demands = demands
            body = run
            settled = settle
        }

        func run(_ grant: Grant) -> Outcome {
            body(grant)
            return Outcome(.succeeded)
        }

        func signal() {}
        func kill() {}
        func abandon() {}
        func settle(_ outcome: Outcome) { settled() }
    }

    /// From the first call handed over to the end of the last.
    func run(_ calls: [[Demand]]) -> UInt64 {
        let left = Countdown(calls.count)
        let start = monotonicNow()
        for demands in calls { scheduler.submit(Job(demands) { left.count() }) }
        left.wait()
        return monotonicNow() - start
    }

    /// Calls that all wait for one that runs: how long it takes to enter them, and, from its end, until all have run.
    func queue(_ calls: [[Demand]], behind first: [Demand]) -> (entering: UInt64, running: UInt64) {
        let left = Countdown(calls.count + 1)
        let gate = Monitor(false)
        scheduler.submit(
            Job(first, run: { _ in gate.wait { $0 ? .done(()) : .wait(until: nil) } }) { left.count() })
        let start = monotonicNow()
        for demands in calls { scheduler.submit(Job(demands) { left.count() }) }
        let middle = monotonicNow()
        gate.updateAndWakeAll { $0 = true }
        left.wait()
        return (middle - start, monotonicNow() - middle)
    }
}

/// Waits until something has happened so many times.
final class Countdown: Sendable {
    private let left: Monitor<Int>

    init(_ times: Int) { left = Monitor(times) }

    func count() {
        left.update { left in
            left -= 1
            return left == 0
        }
    }

    func wait() { left.wait { $0 == 0 ? .done(()) : .wait(until: nil) } }
}
