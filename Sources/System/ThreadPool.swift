import Glibc

/// Threads for code that blocks, plugins' above all: Swift's own pool and Dispatch's must not be held up by it.
///
/// There is no queue to wait in: a job that finds no idle thread gets a new one. How much runs at once is decided by whoever
/// hands out the jobs.
package final class ThreadPool: Sendable {
    /// The ABI promises plugins at least 1 MiB. It is address space, not memory.
    package static let stackSize = 8 << 20
    /// How long a thread waits for another job before it ends, in nanoseconds.
    static let patience: UInt64 = 5_000_000_000

    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var idle = 0
        var isClosed = false
    }

    private let state = Monitor(State())

    package init() {}

    /// Runs `job` on a thread of its own for as long as it takes.
    package func run(_ job: @escaping @Sendable () -> Void) {
        var needsThread = false
        state.update { state in
            state.jobs.append(job)
            needsThread = state.idle < state.jobs.count
            return !needsThread
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
        return state.wait { state in
            if wasIdle { state.idle -= 1 }
            wasIdle = false
            // The oldest first: nobody overtakes.
            if !state.jobs.isEmpty { return .done(state.jobs.removeFirst()) }
            guard !state.isClosed, monotonicNow() < until else { return .done(nil) }
            state.idle += 1
            wasIdle = true
            return .wait(until: until)
        }
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
