import Calls
import Guards
import Locking
import System

@testable import Scheduling

/// A scheduler over a flat directory, whose calls and looks stand still where a test wants them to.
final class SlowScheduler: Sendable {
    let scheduler: Scheduler
    let gates = Gates()
    private let threads = ThreadPool()
    private let alarms = AlarmClock()
    private let answered = Guarded<[String: [Outcome]]>([:])
    private let told = Guarded<[String: [String]]>([:])

    /// Each look at "./NAME" opens "looks NAME", and stands still until "look NAME" is opened.
    init(limits: Limits = Limits(), guards: RaceGuards = .all) {
        let gates = gates
        scheduler = Scheduler(plan: Plan(limits: limits, guards: guards), threads: threads, alarms: alarms) { demand in
            let path = MemoryFileSystem.Path(bytes: demand.path ?? [])
            if path.first == ".", let name = path.last {
                gates.open("looks \(name)")
                gates.pass("look \(name)")
            }
            let key = Key.model(path.filter { $0 != "." })
            return PathWalk(canonical: key, existing: key.components.count, kind: .file)
        }
    }

    deinit {
        alarms.close()
        threads.close()
    }

    func answers(_ name: String) -> [Outcome] { answered.withLock { $0[name] ?? [] } }
    func events(_ name: String) -> [String] { told.withLock { $0[name] ?? [] } }

    /// Submits a call that writes the file, and may do `effects` to its entry. Its answers and events are kept under its name; it opens "NAME is answered".
    @discardableResult
    func submit(
        _ name: String, writing path: String, effects: Effects = [], time: UInt64? = nil,
        keeping: AnyObject & Sendable = Anything(),
        _ run: @escaping @Sendable () -> Void
    ) -> CallNumber {
        scheduler.submit(
            Attempt(
                demands: [Demand(.path(PathDemand(path, .exclusive, .exact, effects)))], time: time,
                observe: { [told] event in told.withLock { $0[name, default: []].append(Self.word(event)) } },
                body: run,
                settled: { [answered, gates] outcome in
                    withExtendedLifetime(keeping) { answered.withLock { $0[name, default: []].append(outcome) } }
                    gates.open("\(name) is answered")
                }))
    }

    private final class Attempt: Job {
        let turn = TurnNumber(1)
        let place = 0
        let tool = "tool"
        let plugin = "plugin"
        let demands: [Demand]
        let time: UInt64?
        let canBeKilled = false
        let observe: (@Sendable (Event) -> Void)?
        private let body: @Sendable () -> Void
        private let settled: @Sendable (Outcome) -> Void

        init(
            demands: [Demand], time: UInt64?, observe: @escaping @Sendable (Event) -> Void,
            body: @escaping @Sendable () -> Void, settled: @escaping @Sendable (Outcome) -> Void
        ) {
            self.demands = demands
            self.time = time
            self.observe = observe
            self.body = body
            self.settled = settled
        }

        func run(_ grant: Grant) -> Outcome {
            body()
            return Outcome(.succeeded)
        }

        func signal() {}
        func kill() {}
        func abandon() {}
        func settle(_ outcome: Outcome) { settled(outcome) }
    }

    private static func word(_ event: Event) -> String {
        switch event.kind {
        case .ingested(let others): others.isEmpty ? "ingested" : "ingested behind \(others.count)"
        case .granted: "granted"
        case .started: "started"
        case .ended(let outcome, _): "\(outcome.kind)"
        case .narrowed, .blocked, .progress, .released: "something else"
        }
    }
}

final class Anything: Sendable {}

/// Opens a gate when nobody holds it any more.
final class Farewell: Sendable {
    private let gates: Gates
    private let name: String

    init(_ gates: Gates, _ name: String) {
        self.gates = gates
        self.name = name
    }

    deinit { gates.open(name) }
}

/// Places where threads stand still until somebody lets one pass.
final class Gates: Sendable {
    /// How many may pass that have not come yet.
    private let opened = Monitor<[String: Int]>([:])

    func open(_ name: String) {
        opened.updateAndWakeAll { $0[name, default: 0] += 1 }
    }

    func pass(_ name: String) {
        opened.wait { (opened: inout [String: Int]) -> Monitor<[String: Int]>.Step<Void> in
            guard opened[name, default: 0] > 0 else { return .wait(until: nil) }
            opened[name, default: 1] -= 1
            return .done(())
        }
    }
}
