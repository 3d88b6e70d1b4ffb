import Calls
import Loading
import Locking
import Scheduling
import System

/// A call between its turn and its tool: from the moment when it is entered, until it has its outcome. A call that waits is no
/// more than this; its ``CallSession`` is made when its code starts.
final class HostedCall: Job {
    private struct Stage {
        /// There from the moment when the code starts.
        var session: CallSession?
        /// It was asked to stop before it started.
        var isSignalled = false
        /// It was killed, or given up on: none of its code may start any more.
        var isOver = false
    }

    let place: Int
    let demands: [Demand]
    private let running: RunningTurn
    private let served: Toolbox.Served
    /// As the plugin gets them.
    private let arguments: String
    private let stage = Guarded(Stage())

    init(_ served: Toolbox.Served, arguments: String, demands: [Demand], in running: RunningTurn, at place: Int) {
        self.served = served
        self.arguments = arguments
        self.demands = demands
        self.running = running
        self.place = place
    }

    var turn: TurnNumber { running.number }
    var tool: String { served.tool.name }
    var plugin: String { served.tool.plugin }
    var canBeKilled: Bool { served.plugin.canKill }
    var observe: (@Sendable (Event) -> Void)? { running.observe }

    var time: UInt64? {
        let most = running.host.deployment.limits.time
        return min(served.settings.timeLimit ?? most, most).nanoseconds
    }

    func entered(as call: CallNumber) -> String? { running.entered(call, at: place) }

    func run(_ grant: Grant) -> Outcome {
        let session = CallSession(
            grant.call, of: served.tool, host: running.host, scheduler: running.scheduler,
            deadline: time.map { monotonicNow() + $0 } ?? 0)
        let begins = stage.withLock { stage in
            if stage.isSignalled { session.cancel() }
            if !stage.isOver { stage.session = session }
            return !stage.isOver
        }
        guard begins else { return Outcome(.interrupted) }
        defer { session.end() }
        return session.outcome(
            served.plugin.invoke(grant, tool: tool, arguments: arguments, services: session))
    }

    /// The flag first, then the plugin's own hint, which may look at the flag.
    func signal() {
        let session = stage.withLock { stage in
            stage.isSignalled = true
            return stage.session
        }
        guard let session else { return }
        session.cancel()
        served.plugin.cancel(session.call)
    }

    func kill() {
        if let session = close() { served.plugin.kill(session.call) }
    }

    func abandon() { close()?.end() }

    func settle(_ outcome: Outcome) { running.settle(place, outcome) }

    private func close() -> CallSession? {
        stage.withLock { stage in
            stage.isOver = true
            return stage.session
        }
    }
}
