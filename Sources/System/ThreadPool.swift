import Glibc
import Synchronization

/// Threads for code that blocks, plugins' above all: Swift's own pool and Dispatch's must not be held up by it.
///
/// There is no queue to wait in: a job that finds no idle thread gets a new one. How much runs at once is decided by whoever
/// hands out the jobs. Only where the system gives no more threads a job waits until one of those that are there is free.
///
/// To wake a thread costs more than many a job. So one is woken at a time: when it comes, it wakes the next if there is more
/// to do by then. Jobs that are over sooner than a thread wakes up are done by the few that are awake. And the first that has
/// nothing to do looks for more for a moment before it sleeps: while jobs come one after another nobody has to be woken.
package final class ThreadPool: Sendable {
    /// The ABI promises plugins at least 1 MiB. It is address space, not memory.
    package static let stackSize = 8 << 20
    /// How long a thread that is not the last waits for another job before it ends, in nanoseconds.
    static let patience: UInt64 = 5_000_000_000
    /// How long one of them looks for a job before it sleeps: about what it costs to sleep and be woken.
    private static let look: UInt64 = 20_000

    private struct State {
        var jobs = Jobs()
        /// Threads that are there, or are being made.
        var threads = 0
        /// Threads that sleep, or look.
        var idle = 0
        /// An idle thread has been woken, and has not come yet.
        var isWaking = false
        /// An idle thread is awake, and looks for a job.
        var isLooking = false
        var isClosed = false

        /// Whether the caller is to wake a thread.
        mutating func wakesOne() -> Bool {
            guard !isWaking, !isLooking, idle > 0, jobs.count > 0 else { return false }
            isWaking = true
            return true
        }
    }

    /// The oldest first: nobody overtakes.
    private struct Jobs {
        private var coming: [@Sendable () -> Void] = []
        /// In reverse.
        private var going: [@Sendable () -> Void] = []

        var count: Int { coming.count + going.count }

        mutating func append(_ job: @escaping @Sendable () -> Void) { coming.append(job) }

        mutating func popFirst() -> (@Sendable () -> Void)? {
            if going.isEmpty {
                going = coming.reversed()
                coming.removeAll(keepingCapacity: true)
            }
            return going.popLast()
        }
    }

    private let state = Monitor(State())
    /// Whether a job has come since the one that looks began to.
    private let hasCome = Atomic(false)

    package typealias Starter = @Sendable (_ body: @escaping @Sendable () -> Void) throws(SystemError) -> Void

    private let startThread: Starter

    /// `starter`: for tests.
    package init(starter: @escaping Starter = { (body) throws(SystemError) in try makeThread(body) }) {
        startThread = starter
    }

    /// Makes the first thread, if there is none. The last one stays until the pool is closed: so whoever has done this can rely
    /// on every job being run.
    package func start() throws(SystemError) {
        let isFirst = state.change { state in
            if state.threads > 0 { return false }
            state.threads = 1
            return true
        }
        guard isFirst else { return }
        do throws(SystemError) {
            try startThread { [self] in work() }
        } catch {
            state.change { $0.threads -= 1 }
            throw error
        }
    }

    /// Runs `job` on a thread of its own for as long as it takes, if there is one to be had.
    package func run(_ job: @escaping @Sendable () -> Void) {
        var needsThread = false
        state.update { state in
            state.jobs.append(job)
            if state.isLooking { hasCome.store(true, ordering: .relaxed) }
            needsThread = state.idle < state.jobs.count
            if needsThread { state.threads += 1 }
            return !needsThread && state.wakesOne()
        }
        if needsThread { addThread() }
    }

    private func addThread() {
        do throws(SystemError) {
            try startThread { [self] in work() }
        } catch {
            let isLeft = state.change { state in
                state.threads -= 1
                return state.threads == 0 && state.jobs.count > 0
            }
            // A job that nobody will ever run can neither be answered nor taken back.
            if isLeft { fatalError(noThread(error)) }
        }
    }

    /// Lets idle threads end. Jobs that run go on.
    package func close() {
        state.updateAndWakeAll { $0.isClosed = true }
    }

    private func work() {
        while let job = nextJob() { job() }
    }

    private func nextJob() -> (@Sendable () -> Void)? {
        var isLooking = false
        var job = takeJob(orLook: &isLooking)
        if job == nil {
            if isLooking { lookForJob() }
            job = waitForJob(isLooking: isLooking)
        }
        return job
    }

    /// The next job; if there is none, this thread is to look for one, unless another does so.
    private func takeJob(orLook isLooking: inout Bool) -> (@Sendable () -> Void)? {
        var job: (@Sendable () -> Void)?
        state.update { state in
            job = state.jobs.popFirst()
            if job != nil { return state.wakesOne() }
            guard !state.isLooking, !state.isClosed else { return false }
            state.isLooking = true
            hasCome.store(false, ordering: .relaxed)
            state.idle += 1
            isLooking = true
            return false
        }
        return job
    }

    /// Gives way to whoever has something to do: a processor that is needed is not kept busy.
    private func lookForJob() {
        let until = monotonicNow() + Self.look
        while !hasCome.load(ordering: .relaxed), monotonicNow() < until { giveWay() }
    }

    private func waitForJob(isLooking: Bool) -> (@Sendable () -> Void)? {
        let until = monotonicNow() + Self.patience
        var (isLooking, isSleeping) = (isLooking, false)
        typealias Next = (job: (@Sendable () -> Void)?, wakes: Bool)
        let next: Next = state.wait { state -> Monitor<State>.Step<Next> in
            if isLooking || isSleeping { state.idle -= 1 }
            if isLooking { state.isLooking = false }
            // Or it has slept long enough; then the one that was woken finds that it can wake another.
            if isSleeping { state.isWaking = false }
            (isLooking, isSleeping) = (false, false)
            if let job = state.jobs.popFirst() { return .done((job, state.wakesOne())) }
            let isLast = state.threads == 1
            guard !state.isClosed, isLast || monotonicNow() < until else {
                state.threads -= 1
                return .done((nil, false))
            }
            state.idle += 1
            isSleeping = true
            return .wait(until: isLast ? nil : until)
        }
        if next.wakes { state.wakeOne() }
        return next.job
    }
}

/// Lets other threads come first, for a moment.
package func giveWay() { sched_yield() }

/// Starts a thread that nobody joins, and without which the process cannot go on.
package func startThread(stackSize: Int = ThreadPool.stackSize, _ body: @escaping @Sendable () -> Void) {
    do throws(SystemError) {
        try makeThread(stackSize: stackSize, body)
    } catch {
        fatalError(noThread(error))
    }
}

private func noThread(_ error: SystemError) -> String {
    "the system gives this process no thread: \(error); `ulimit -u` and the memory are what limits them"
}

/// Starts a thread that nobody joins, if the system gives one.
package func makeThread(
    stackSize: Int = ThreadPool.stackSize, _ body: @escaping @Sendable () -> Void
) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackSize)
    let box = Unmanaged.passRetained(ThreadEntry.Body(body))
    var thread = pthread_t()
    let failure = pthread_create(&thread, &attributes, ThreadEntry.main, box.toOpaque())
    if failure != 0 {
        box.release()
        throw SystemError(failure)
    }
}

/// In a type of its own: a C callback at top level would belong to the main actor, and trap.
private enum ThreadEntry {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        // What is written beyond a limit of file sizes shall fail, and not end the process.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGXFSZ)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
}
