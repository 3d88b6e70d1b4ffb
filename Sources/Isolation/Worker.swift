import CWorker
import Calls
import Loading
import System

/// One worker: a guardian, a zygote, and the processes of calls; from its start to its end. What it is, is drawn in CWorker.h.
///
/// Its own thread hears what guardian and zygote say (``WorkerListener``); everybody else looks at the state, and waits for it
/// to change. The thread keeps it alive: whoever starts a worker must ``end(because:)`` it.
final class Worker: Sendable {
    /// What the zygote said of the plugin.
    enum Opening: Sendable {
        /// Before the plugin was opened: in words, and whether that is so only now.
        case unconfined(String, isShortage: Bool)
        case described([UInt8])
        case refused(reason: Int, words: String)
    }

    struct State {
        /// Or what will make it: the process whose end is that of all.
        var guardian: ProcessHandle?
        var zygote: ProcessHandle?
        /// Nil until the zygote has said it.
        var confinement: Confinement?
        var opening: Opening?
        /// The status of the plugin's init, and its words.
        var started: (status: Int32, words: String)?
        var ready: [CallProcess] = []
        /// Calls that wait for one.
        var takers: Set<CallNumber> = []
        /// Processes that somebody is about to ask for.
        var asked = 0
        /// Processes that were asked for and are not born yet, by their tickets.
        var expected: [UInt64: CallProcess.Ends] = [:]
        /// Processes that the zygote may make still: one for each that it was asked for.
        var births = 0
        var lastTicket: UInt64 = 0
        /// How calls ended that somebody will ask about.
        var ends: [UInt64: ProcessEnd] = [:]
        /// Processes that live, by their tickets; where calls share the zygote, those that serve one.
        var alive: [UInt64: CallProcess] = [:]
        /// Those of them whose end nobody will ask about.
        var forgotten: Set<UInt64> = []
        /// How the zygote ended, or why it was ended.
        var over: String?
        var zygoteEnd: ProcessEnd?
        /// Its end has been counted as a crash of the plugin.
        var isCounted = false
        /// It was ended because a call did not stop.
        var isKilled = false
        /// Nothing of the worker is there any more.
        var isGone = false

        /// What was asked for and is not there will not come: the zygote may make none in its place.
        mutating func isNotBorn(_ ticket: UInt64) {
            expected[ticket] = nil
            births = min(births, expected.count)
        }
    }

    let state = Monitor(State())
    /// Whether calls run in threads of the zygote, which then has a state.
    let runsInThreads: Bool
    /// What calls claim.
    let files: any NativeFiles
    /// Its absolute path.
    let plugin: String
    /// That without links.
    let realPlugin: String
    /// Its directory without links, and its name there as it was given.
    let realPlace: String
    let grants: WorkerOptions.Grants
    /// Milliseconds, for what no plugin's code is needed for.
    private let patience: Int32
    /// Where its private directories are made.
    let scratch: ScratchDirectory
    let scratchPrefix: [UInt8]
    private let control: Descriptor
    /// Frames of several threads must not mix.
    private let channel: Guarded<Descriptor>
    let log: @Sendable (LogLevel, String) -> Void
    /// For lines that the plugin's code can cause: limited.
    let words: LimitedLog

    /// Starts one. It opens the plugin at once.
    init(
        _ file: PluginFile, _ options: WorkerOptions, _ files: any NativeFiles, runsInThreads: Bool, hostMinor: UInt32,
        log: @escaping @Sendable (LogLevel, String) -> Void
    ) throws(SystemError) {
        self.log = log
        words = LimitedLog(log)
        self.runsInThreads = runsInThreads
        self.files = files
        plugin = file.absolutePath
        realPlugin = try realPath(plugin)
        let name = plugin.lastIndex(of: "/") ?? plugin.startIndex
        realPlace = try realPath(String(plugin[...name])) + plugin[name...]
        grants = options.grants
        patience = options.patience
        let (control, itsControl) = try Connection.pair(packets: true)
        let (channel, itsChannel) = try Connection.pair()
        let (errors, itsErrors) = try Connection.pair()
        self.control = control
        self.channel = Guarded(channel)
        let start = ProcessStart(
            executable: String(cString: iw_executable), name: IW_NAME, environment: Self.environment,
            descriptors: [itsControl, itsChannel], errors: itsErrors)
        scratch = try ScratchDirectory(in: Self.base(options, files))
        scratchPrefix = Array(scratch.path.utf8) + [UInt8(ascii: "/")]
        try begin(start, channel, errors)
        do {
            try channel.send(startFrame(options, hostMinor), with: [scratch.handle], within: patience)
        } catch {
            end(because: "it cannot be told what to do")
            throw error
        }
    }

    /// Where no call can claim what lies there: whoever claims private directories could change those of other calls. If all is in
    /// a root, there is no such place.
    private static func base(_ options: WorkerOptions, _ files: any NativeFiles) -> String {
        let places = [options.scratch, "/tmp", "/var/tmp", "/dev/shm"]
        return places.first { place in
            guard let real = try? realPath(place) else { return false }
            return !files.isInRoot(Array(real.utf8))
        } ?? options.scratch
    }

    /// Makes the process, and the thread that hears it; nothing is left if one of them cannot be had.
    private func begin(_ start: ProcessStart, _ channel: Descriptor, _ errors: Descriptor) throws(SystemError) {
        let guardian: ProcessHandle
        do {
            guardian = try ProcessHandle(child: start.spawn())
        } catch {
            try? scratch.remove()
            throw error
        }
        state.change { $0.guardian = guardian }
        let listener = WorkerListener(self, control: control, channel: channel, errors: errors)
        do {
            try makeThread(stackSize: 256 << 10) { listener.listen() }
        } catch {
            // It has not been told to start anything yet.
            guardian.kill()
            _ = guardian.reap()
            try? scratch.remove()
            throw error
        }
    }

    /// What names the language and the place of things, and what the loader of the binary needs; nothing else is told. What is
    /// for the loader the worker itself forgets, when it is loaded.
    private static var environment: [String: String] {
        var environment: [String: String] = [:]
        for name in ["PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "TSAN_OPTIONS"] {
            environment[name] = environmentValue(name)
        }
        return environment
    }

    private func startFrame(_ options: WorkerOptions, _ hostMinor: UInt32) -> [UInt8] {
        var frame = FrameWriter(Int(IW_START), capacity: 512)
        frame.put(UInt32(IW_VERSION))
        frame.put(hostMinor)
        frame.put(options.grants.rawValue)
        frame.put(options.usesNamespaces)
        let limits = options.limits
        let values = [
            IW_LIMIT_MEMORY: limits.memory, IW_LIMIT_FILES: limits.files ?? ResourceLimit.descriptorsOfOthers,
            IW_LIMIT_FILE_SIZE: limits.fileSize, IW_LIMIT_CPU: limits.cpu, IW_LIMIT_PROCESSES: limits.processes,
        ]
        for limit in 0..<IW_LIMITS { frame.put((values[limit] ?? nil) ?? 0) }
        frame.put(plugin.utf8)
        frame.put(scratch.path.utf8)
        frame.put(limits.privateFiles ?? 0)
        // Those that are ready, or about to be, have theirs already.
        frame.put(UInt32(mayHideTmp ? min(options.calls + 2 * options.mostReady, WorkerOptions.mostCalls) : 0))
        // What a program is, lies in a root more often than not.
        let programs = options.grants.contains(.programs) ? files.rootPaths : []
        frame.put(UInt32(programs.count))
        for path in programs { frame.put(path) }
        return frame.bytes
    }

    // MARK: - Orders

    /// Runs the plugin's init. What it answers comes into the state.
    func initialize(configuration: String) throws(SystemError) {
        var frame = FrameWriter(Int(IW_INITIALIZE), capacity: 64 + configuration.utf8.count)
        frame.put(configuration.utf8)
        frame.put(runsInThreads)
        try order(frame.bytes)
    }

    /// Lets the plugin go, if it does in time.
    func quiesce() {
        do {
            try order(FrameWriter(Int(IW_QUIESCE)).bytes)
        } catch {
            return  // It is gone already.
        }
        let until = monotonicNow() + UInt64(WorkerOptions.quiesceLimit) * 1_000_000
        _ = state.wait(until: until) { $0.over != nil || $0.isGone ? () : nil }
    }

    /// Ends the worker and everything in it, and returns when it is gone.
    func end(because why: String) {
        beginEnd(because: why)
        if waitUntilGone(by: monotonicNow() + WorkerOptions.endLimit * 1_000_000) { return }
        // Somebody may have stopped it. With the guardian goes whatever is in its namespace, or else has asked to.
        log(.warning, "its guardian does not end, and is killed")
        state.read { [$0.guardian, $0.zygote] + $0.alive.values.map(\.handle) }.forEach { $0?.kill() }
        _ = waitUntilGone(by: nil)
    }

    /// The same, and does not wait.
    func beginEnd(because why: String) {
        state.updateAndWakeAll { state in
            state.over = state.over ?? why
            state.ready.removeAll()
            state.expected.removeAll()
        }
        control.endSending()
    }

    private func waitUntilGone(by until: UInt64?) -> Bool {
        state.wait(until: until) { $0.isGone ? true : nil } ?? false
    }

    /// When what was asked of the worker now should be done.
    func deadline() -> UInt64 { monotonicNow() + UInt64(patience) * 1_000_000 }

    /// Half an order is none: a worker that does not take one in time takes no more. Of one that is gone the guardian tells.
    func order(_ frame: [UInt8], with descriptors: [Descriptor] = []) throws(SystemError) {
        let until = deadline()
        do throws(SystemError) {
            try channel.withLock { channel throws(SystemError) in
                let now = monotonicNow()
                try channel.send(
                    frame, with: descriptors, within: Int32(clamping: now < until ? (until - now) / 1_000_000 : 0))
            }
        } catch {
            if error == .timedOut { beginEnd(because: "takes no orders") }
            throw error
        }
    }

    /// Has the guardian keep what keeps other hosts from what a call has claimed, until the call's process is gone, whatever
    /// becomes of this one; where calls share a process, until `letGo`. -1 = there is nothing to keep.
    func keep(_ hostsLock: Int32, for process: CallProcess) throws(SystemError) {
        if hostsLock < 0 { return }
        let kind = UInt32(runsInThreads ? IW_KEEP_ON : IW_KEEP)
        let word = iw_keepsake(kind: kind, zero: 0, ticket: process.ticket)
        try control.send(plainBytes(of: word), lending: [hostsLock], within: patience)
    }

    func letGo(_ process: CallProcess) {
        let word = iw_keepsake(kind: UInt32(IW_LET_GO), zero: 0, ticket: process.ticket)
        // A guardian that is gone keeps nothing.
        try? control.send(plainBytes(of: word), within: patience)
    }

    // MARK: - What became of it

    /// Waits for what the zygote says of the plugin; nil if it ended before, or took too long.
    func opening() -> Opening? {
        // What the guardian says of the zygote may come later than what the zygote says itself.
        wait { state in
            if case .unconfined = state.opening { return state.opening }
            return state.zygote == nil ? nil : state.opening
        }
    }

    func initialized() -> (status: Int32, words: String)? {
        wait { $0.started }
    }

    private func wait<Answer>(for answer: @escaping (State) -> Answer?) -> Answer? {
        let until = monotonicNow() + WorkerOptions.startLimit * 1_000_000
        return state.wait { state in
            if let answer = answer(state) { return .done(answer) }
            return state.over != nil || monotonicNow() >= until ? .done(nil) : .wait(until: until)
        }
    }

    /// What holds; nothing before the zygote has said so.
    var confinement: Confinement { state.read { $0.confinement ?? Confinement() } }

    /// Whether each call gets a process namespace of its own, for it may leave others behind.
    var containsCalls: Bool {
        grants.contains(.programs) && confinement.hasProcessNamespace && !runsInThreads
    }

    /// Whether nobody can be left of a call whose process is gone.
    var leavesNobody: Bool { containsCalls || !grants.contains(.programs) }

    /// What is promised of its calls. One that is not confined has none.
    var enforcement: Enforcement { runsInThreads ? .kernelPlugin : .kernel }

    /// Why it is over; nil if it is not.
    var over: String? { state.read { $0.over } }

    /// What the plugin's code says, or gives occasion to say.
    func say(_ level: LogLevel, _ line: String) { words.say(level, line) }
}
