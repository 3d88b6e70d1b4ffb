import Calls
import Loading
import Locking
import System

/// A plugin whose code runs in workers: each call in a process of its own, which is gone when the call is; or, for a plugin
/// with state, in one process for all.
package final class WorkerPlugin: LoadedPlugin {
    package let file: String
    package let id: String
    package let version: String
    package let tools: [Tool]
    package let canKill = true

    /// A call that runs, or is about to.
    struct Running {
        var process: CallProcess?
        var isKilled = false
    }

    /// As a plugin's in this process: opened, then started and quiesced any number of times. One whose first start failed is
    /// over.
    enum Life {
        case opened
        case started(configuration: String)
        case failed
    }

    struct State {
        var life = Life.opened
        var worker: Worker?
        var isStarting = false
        /// The worker that is being started, and the call that needs it.
        var starting: (worker: Worker, call: CallNumber?)?
        var record: CrashRecord
        var running: [CallNumber: Running] = [:]
        /// Calls that were to be killed before they had come as far as here.
        var doomed: Set<CallNumber> = []
        /// The most calls that ran at once.
        var peak = 0

        func isKilled(_ call: CallNumber?) -> Bool { call.flatMap { running[$0]?.isKilled } ?? false }
    }

    let state: Monitor<State>
    let library: PluginFile
    let options: WorkerOptions
    let files: any NativeFiles
    let hostMinor: UInt32
    /// What the plugin said of itself when it was described: a worker that says otherwise has another file.
    let described: [UInt8]
    let places: [String: Int]
    /// Whether its calls share one process.
    let hasState: Bool
    /// Has the plugin asked again, the next time, what it is.
    private let forget: @Sendable () -> Void
    let log: @Sendable (LogLevel, String) -> Void

    init(
        _ library: PluginFile, _ description: PluginDescription, described: [UInt8], hostMinor: UInt32,
        options: WorkerOptions, files: any NativeFiles, forget: @escaping @Sendable () -> Void,
        log: @escaping @Sendable (LogLevel, String) -> Void
    ) {
        self.library = library
        var options = options
        let traits = description.tools.reduce(into: Tool.Traits()) { $0.formUnion($1.traits) }
        options.grants = options.grants.needed(by: traits)
        self.options = options
        self.files = files
        state = Monitor(State(record: CrashRecord(most: options.mostCrashes)))
        self.hostMinor = hostMinor
        self.described = described
        self.forget = forget
        file = library.path
        id = description.id
        version = description.version
        tools = description.tools
        places = description.places
        hasState = tools.contains { $0.traits.contains(.stateful) }
        let id = id
        self.log = { log($0, "\(id): \($1)") }
    }

    deinit {
        state.read { $0.worker }?.end(because: "nobody uses the plugin any more")
    }

    // MARK: - Beginning and end

    package func start(configuration: String) throws(LoadFailure) {
        let before = state.change { state in
            let before = state.life
            if case .opened = before { state.life = .started(configuration: configuration) }
            return before
        }
        switch before {
        case .opened: break
        case .started: throw LoadFailure(file: file, reason: "it is started already", help: "quiesce it first")
        case .failed:
            throw LoadFailure(
                file: file, reason: "its init has failed before", help: "restart the host when the reason is gone")
        }
        do throws(LoadFailure) {
            _ = try startedWorker()
        } catch {
            state.updateAndWakeAll { $0.life = .failed }
            throw error
        }
    }

    package func quiesce() {
        let worker = state.updateAndWakeAll { state -> Worker? in
            guard state.running.isEmpty else { return nil }
            if case .started = state.life { state.life = .opened }
            defer { state.worker = nil }
            return state.worker
        }
        worker?.quiesce()
        worker?.end(because: "the plugin was quiesced")
    }

    /// The worker that serves; started if there is none. One caller at a time starts it, and the others wait; a call that is
    /// killed does neither any longer.
    func startedWorker(for call: CallNumber? = nil) throws(LoadFailure) -> Worker {
        enum Step {
            case serving(Worker)
            case start(configuration: String, previous: Worker?, pause: UInt64)
            case refused(LoadFailure)
        }
        let step: Step = state.wait { state in
            if state.isKilled(call) { return .done(.refused(self.notNeeded)) }
            if state.isStarting { return .wait(until: nil) }
            guard case .started(let configuration) = state.life else { return .done(.refused(self.notStarted)) }
            if state.record.isQuarantined { return .done(.refused(self.quarantined(state.record))) }
            if let worker = state.worker, worker.over == nil { return .done(.serving(worker)) }
            state.isStarting = true
            return .done(
                .start(configuration: configuration, previous: state.worker, pause: state.record.pause))
        }
        switch step {
        case .serving(let worker): return worker
        case .refused(let failure): throw failure
        case .start(let configuration, let previous, let pause):
            previous?.end(because: "it is over")
            let until = monotonicNow() + pause
            _ = state.wait(until: until) { $0.isKilled(call) ? () : nil }
            return try replaceWorker(configuration, for: call)
        }
    }

    private func replaceWorker(_ configuration: String, for call: CallNumber?) throws(LoadFailure) -> Worker {
        do throws(LoadFailure) {
            let worker = try makeWorker(configuration, for: call)
            becomes(worker)
            worker.replenish(1)
            return worker
        } catch {
            becomes(nil)
            if !isKilled(call) {
                // A first start is the host's to tell of.
                if call != nil { log(.error, "cannot be started again: \(error.reason); \(error.help)") }
                crashed("could not be started: \(error.reason)")
            }
            throw error
        }
    }

    /// The start has come to its end.
    private func becomes(_ worker: Worker?) {
        state.updateAndWakeAll { state in
            state.isStarting = false
            state.starting = nil
            state.worker = worker
        }
    }

    private func makeWorker(_ configuration: String, for call: CallNumber?) throws(LoadFailure) -> Worker {
        let worker = try WorkerLibrary.worker(
            library, options, files, runsInThreads: hasState, hostMinor: hostMinor, log: log)
        state.change { $0.starting = (worker, call) }
        // From here on who kills the call ends the worker.
        if isKilled(call) { worker.beginEnd(because: notNeeded.reason) }
        do throws(LoadFailure) {
            let says = try WorkerLibrary.description(of: worker, library, hostMinor: hostMinor)
            guard says == described else { throw changed(says) }
            try WorkerLibrary.initialize(worker, library, configuration: configuration)
        } catch {
            worker.end(because: error.reason)
            throw error
        }
        return worker
    }

    /// What it is known as is believed no longer. Where that was an old entry of the cache, one more start is the way out.
    private func changed(_ says: [UInt8]) -> LoadFailure {
        forget()
        let difference: String
        do throws(LoadFailure) {
            let new = try DescriptorCopy.describe(says, file: file, hostMinor: hostMinor)
            difference = DescriptionChange.words(
                from: (id, version, tools), to: (new.id, new.version, new.tools))
        } catch {
            difference = error.reason
        }
        return LoadFailure(
            file: file, reason: "it says something else of itself than before: \(difference)",
            help:
                "restart the host: it asks the plugin anew. If this comes again the plugin says something else each time, which "
                + "interlock.h forbids: this is for its author")
    }

    var notNeeded: LoadFailure {
        LoadFailure(file: file, reason: "the call that needs it is given up", help: "call again")
    }

    private var notStarted: LoadFailure {
        LoadFailure(file: file, reason: "it is not started", help: "start it first")
    }

    private func quarantined(_ record: CrashRecord) -> LoadFailure {
        LoadFailure(
            file: file,
            reason:
                "the plugin \(id) is in quarantine: it \(record.last), the last of \(options.mostCrashes) crashes in a row",
            help: "restart the host when the reason is gone")
    }

    func crashed(_ how: String) {
        if state.change({ $0.record.crashed(how) }) {
            log(
                .error,
                "is in quarantine: it \(how), the last of \(options.mostCrashes) crashes in a row; restart the host to try again"
            )
        }
    }
}
