import Glibc

/// Threads for code that blocks, plugins' above all: Swift's own pool and Dispatch's must not be held up by it.
///
/// There is no queue to wait in: a job that finds no idle thread gets a new one. How much runs at once is decided by whoever
/// hands out the jobs.
///
/// To wake a thread costs more than many a job. So one is woken at a time: when it comes, it wakes the next if there is more
/// to do by then. Jobs that are over sooner than a thread wakes up are done by the few that are awake.
package final class ThreadPool: Sendable {
    /// The ABI promises plugins at least 1 MiB. It is address space, not memory.
    package static let stackSize = 8 << 20
    /// How long a thread waits for another job before it ends, in nanoseconds.
    static let patience: UInt64 = 5_000_000_000

    private struct State {
        var jobs = Jobs()
        var idle = 0
        /// An idle thread has been woken, and has not come yet.
        var isWaking = false
        var isClosed = false

        /// Whether the caller is to wake a thread.
        mutating func wakesOne() -> Bool {
            guard !isWaking, idle > 0, jobs.count > 0 else { return false }
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

    package init() {}

    /// Runs `job` on a thread of its own for as long as it takes.
    package func run(_ job: @escaping @Sendable () -> Void) {
        var needsThread = false
        state.update { state in
            state.jobs.append(job)
            needsThread = state.idle < state.jobs.count
            return !needsThread && state.wakesOne()
        }
        if needsThread { startThread { [self] in work() } }
    }

    /// Lets idle threads end. Jobs that run go on.
    package func close() {
        state.updateAndWakeAll { $0.isClosed = true }
    }

    private func work() {
        while let job = nextJob() { job() }
    }

    private func nextJob() -> (@Sendable () -> Void)? {
        let until = monotonicNow() + Self.patience
        var wasIdle = false
        typealias Next = (job: (@Sendable () -> Void)?, wakes: Bool)
        let next: Next = state.wait { state -> Monitor<State>.Step<Next> in
            if wasIdle {
                state.idle -= 1
                // Or it has slept long enough; then the one that was woken finds that it can wake another.
                state.isWaking = false
            }
            wasIdle = false
            if let job = state.jobs.popFirst() { return .done((job, state.wakesOne())) }
            guard !state.isClosed, monotonicNow() < until else { return .done((nil, false)) }
            state.idle += 1
            wasIdle = true
            return .wait(until: until)
        }
        if next.wakes { state.wakeOne() }
        return next.job
    }
}

/// Starts a thread that nobody joins.
package func startThread(stackSize: Int = ThreadPool.stackSize, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackSize)
    let box = Unmanaged.passRetained(ThreadEntry.Body(body))
    var thread = pthread_t()
    let failure = pthread_create(&thread, &attributes, ThreadEntry.main, box.toOpaque())
    // Without a thread the job can neither run nor be answered: there is nothing better to do than to say so.
    precondition(failure == 0, "pthread_create: error \(failure)")
}

/// In a type of its own: a C callback at top level would belong to the main actor, and trap.
private enum ThreadEntry {
    final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
}
