import Calls
import Guards
import Isolation
import Loading
import Locking
import ProcessLocks
import Scheduling
import System
import Workspace

/// What schedules: it loads the plugins of a deployment, and runs turns under their contracts.
///
///     Call ─Toolbox─> demands ─Scheduler─> Grant ─Plugin─> Outcome
///
/// Thread-safe. Several turns may be open at once; they share one lock table, so that two agents in one program are as safe
/// as the siblings of one turn. ``withHost(_:log:_:)`` makes a host for a scope. One that is kept longer is ended by
/// ``stop()``; if that is forgotten, it lets its plugins go when nobody holds it and no call runs any more.
public final class Host: Sendable {
    /// What the host was made from.
    public let deployment: Deployment
    let toolbox: Toolbox
    let workspace: Workspace
    let scheduler: Scheduler
    let turns: OpenTurns
    let guards: RaceGuards
    private let threads = ThreadPool()
    private let alarms = AlarmClock()
    private let processLocks: ProcessLocks?
    private let leftovers: Leftovers?
    /// Raised once, by the first that shuts down.
    private let isShutDown = CancelSignal()
    let log: @Sendable (LogLevel, String) -> Void

    /// What is wrong with the deployment without being fatal: a plugin that could not be loaded, a tool that is not served.
    public var problems: [HostFailure] { toolbox.problems }
    /// Plugins that run inside the host only because no worker can be had, and why.
    package var unconfined: [(plugin: String, why: String)] { toolbox.unconfined }
    /// What tools that are served declare, and workers refuse to them.
    package var ungranted: [(tool: String, plugin: String, grant: Deployment.WorkerGrant)] { toolbox.ungranted }
    /// The tools that are served, in the order in which their plugins were loaded.
    public var tools: [Tool] { toolbox.tools }

    /// Opens the workspace and loads the plugins, and waits until their initialisers have run: in workers, or, of those
    /// that run in this process, on this thread.
    ///
    /// - Parameters:
    ///   - deployment: What serves, and what may be touched.
    ///   - log: Gets lines for the operator, from any thread, several at once. nil = warnings and errors go to standard error.
    /// - Throws: A failure with the code `workspace` or `threads`. Anything else is among the ``problems``: look at them.
    public convenience init(
        _ deployment: Deployment, log: (@Sendable (LogLevel, String) -> Void)? = nil
    ) throws(HostFailure) {
        try self.init(deployment, kernel: Kernel(), log: log)
    }

    /// The same, on another kernel and without one of the guards that it says: for tests.
    package init(
        _ deployment: Deployment, kernel: Kernel, log: (@Sendable (LogLevel, String) -> Void)? = nil
    ) throws(HostFailure) {
        self.deployment = deployment
        guards = kernel.guards
        turns = OpenTurns(guards)
        self.log = log ?? Self.logToStandardError
        let log = self.log
        let workspace = try Workspace(deployment, kernel)
        self.workspace = workspace
        processLocks = try ProcessLocks(deployment, workspace, kernel, log: log)
        do throws(SystemError) {
            try threads.start()
            try alarms.start()
        } catch {
            processLocks?.close()
            threads.close()
            throw .noThreads(error)
        }
        toolbox = Toolbox(deployment, workspace, log: log)
        leftovers =
            deployment.removesLeftovers
            ? Leftovers(workspace, isKnown: processLocks?.followsHostThatIsGone ?? false, log: log) : nil
        var limits = Limits(deployment)
        limits.jobs = OpenFiles.carried(limits.jobs, log: log)
        let fence = processLocks.map { Scheduler.Fence(locks: $0) { workspace.places(of: $0) } }
        scheduler = Scheduler(
            plan: Plan(
                limits: limits, pools: deployment.pools, locksProcesses: fence != nil, names: workspace.roots.names,
                guards: guards),
            threads: threads, alarms: alarms, fence: fence, walk: { workspace.look($0) })
        if let leftovers { threads.run { leftovers.remove() } }
    }

    deinit { shutDown() }

    private static let logToStandardError: @Sendable (LogLevel, String) -> Void = { level, message in
        guard level.rawValue >= LogLevel.warning.rawValue else { return }
        PluginLibrary.writeToStandardError(level, message)
    }

    /// Begins a turn whose calls come one by one, and which nobody but its holder ends. Where a scope will do,
    /// ``run(watching:ingesting:)`` is safer.
    ///
    /// - Parameter observe: Called with each event, on any thread, for several calls at once but never for one; must not block.
    ///   The events of a call come in the order in which they happened.
    public func begin(observing observe: (@Sendable (Event) -> Void)? = nil) -> RunningTurn {
        RunningTurn(self, scheduler, observing: observe)
    }

    /// Begins a turn inside a running call's grant: its calls are ordered among themselves, need no slots, and may claim only
    /// what the parent has at that moment; anything else is refused at once, never queued, so that nobody waits in a circle.
    func begin(inside parent: CallNumber, of outer: Scheduler) -> RunningTurn {
        let coverage = RunningCoverage(scheduler: outer, call: parent)
        var limits = Limits(deployment)
        limits.jobs = .max
        let plan = Plan(
            limits: limits, pools: outer.units(of: parent), within: coverage, names: workspace.roots.names,
            guards: guards)
        let workspace = workspace
        let inner = Scheduler(
            plan: plan, threads: threads, alarms: alarms, numbers: outer.numbers, inside: (outer, parent),
            walk: { workspace.look($0) })
        return RunningTurn(self, inner, observing: nil)
    }

    /// Runs a whole turn: the outcomes of its calls, in their order, when all have ended.
    ///
    /// Cancelling the task cancels the turn: calls that wait never start, calls that run are asked to stop, and every call
    /// still gets its outcome.
    ///
    /// - Parameters:
    ///   - turn: The calls, in the model's order.
    ///   - observe: As in ``begin(observing:)``.
    public func run(_ turn: Turn, observing observe: (@Sendable (Event) -> Void)? = nil) async -> [Outcome] {
        let running = begin(observing: observe)
        // Inside the handler: of a task that is cancelled already nothing starts.
        return await withTaskCancellationHandler {
            for call in turn.calls { running.ingest(call) }
            return await running.outcomes()
        } onCancel: {
            running.cancel()
        }
    }

    /// Lets the plugins and the threads go; the second time it does nothing. No turn may be open: ``stop()`` sees to that.
    package func shutDown() {
        guard isShutDown.raise() else { return }
        for plugin in toolbox.plugins { plugin.quiesce() }
        leftovers?.end()
        processLocks?.close()
        alarms.close()
        threads.close()
    }

    // MARK: - A call's way

    func takeIn(_ call: Call, turn: TurnNumber?) -> Toolbox.Intake {
        switch toolbox.takeIn(call) {
        case .refused(let why): .refused(why)
        case .taken(let served, let arguments, let demands):
            .taken(
                served, arguments: arguments,
                demands: demands + (turn.map { deployment.policy.demands(for: served.tool, in: $0) } ?? []))
        }
    }
}

/// What a running call's grant covers at the moment: the table knows, and forgets when a claim is released.
struct RunningCoverage: LockCoverage {
    let scheduler: Scheduler
    let call: CallNumber

    func covers(_ lock: Lock) -> Bool { scheduler.covers(lock, of: call) }
}

extension ProcessLocks {
    fileprivate convenience init?(
        _ deployment: Deployment, _ workspace: Workspace, _ kernel: Kernel,
        log: @escaping @Sendable (LogLevel, String) -> Void
    ) throws(HostFailure) {
        guard let file = deployment.locks else { return nil }
        do throws(ProcessLockFailure) {
            try self.init(file: file, places: workspace.places(of: []), kernel: kernel) { log(.warning, $0) }
        } catch {
            throw HostFailure(.locks, error.problem, help: error.help)
        }
    }
}

extension Workspace {
    /// The directories of a deployment.
    package convenience init(_ deployment: Deployment, _ kernel: Kernel = Kernel()) throws(HostFailure) {
        do throws(Roots.Failure) {
            try self.init(
                root: deployment.workspace,
                others: deployment.roots.map {
                    Roots.Specification(name: $0.name, path: $0.path, isWritable: $0.isWritable)
                },
                protected: Deployment.alwaysProtected + deployment.protected, durability: deployment.durability,
                kernel: kernel)
        } catch {
            throw HostFailure(
                .workspace, error.description,
                help: "name directories that exist: the workspace, with --workspace, and those under `roots:`")
        }
    }
}

extension Limits {
    init(_ deployment: Deployment) {
        let limits = deployment.limits
        self.init(
            jobs: min(limits.jobs, WorkerOptions.mostCalls), perPlugin: limits.perPlugin,
            perTool: deployment.tools.compactMapValues(\.concurrency),
            queue: limits.queue, wait: limits.wait.nanoseconds, grace: limits.grace.nanoseconds)
    }
}

extension Duration {
    /// Never negative; saturates after some centuries.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 0 }
        guard seconds < 9_000_000_000 else { return 9_000_000_000_000_000_000 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
