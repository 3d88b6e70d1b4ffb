import Glibc

/// State that one thread at a time can see, and that threads can wait for. Time is the monotonic clock's, in nanoseconds.
package final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    // Guarded by `mutex`: only the functions below touch it, with the mutex held.
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let failure = pthread_mutex_init(mutex, nil) | pthread_cond_init(condition, &attributes)
        precondition(failure == 0, "a mutex or condition cannot be made")
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// What `body` makes of the state.
    package func read<Result>(_ body: (State) -> Result) -> Result { change { body($0) } }

    /// Runs `body` with the state for itself, and wakes nobody.
    @discardableResult
    package func change<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Runs `body` with the state for itself, and wakes one waiting thread if it answers true.
    package func update(_ body: (inout State) -> Bool) {
        if change(body) { wakeOne() }
    }

    /// Wakes one waiting thread.
    package func wakeOne() { pthread_cond_signal(condition) }

    /// Wakes every waiting thread.
    @discardableResult
    package func updateAndWakeAll<Result>(_ body: (inout State) -> Result) -> Result {
        defer { pthread_cond_broadcast(condition) }
        return change(body)
    }

    package enum Step<Result> {
        case done(Result)
        /// Asks again when somebody wakes this thread, or at the time; nil = no time.
        case wait(until: UInt64?)
    }

    /// The first answer of `body`, which is asked as below; nil if there is none by the time. Without a time it waits for ever.
    package func wait<Result>(until time: UInt64?, for body: (inout State) -> Result?) -> Result? {
        wait { state in
            if let answer = body(&state) { return .done(answer) }
            return time.map { monotonicNow() >= $0 } ?? false ? .done(nil) : .wait(until: time)
        }
    }

    /// Asks `body`, with the state for itself, until it is done.
    package func wait<Result>(_ body: (inout State) -> Step<Result>) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch body(&state) {
            case .done(let result): return result
            case .wait(nil): pthread_cond_wait(condition, mutex)
            case .wait(let time?):
                var until = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
                pthread_cond_timedwait(condition, mutex, &until)
            }
        }
    }
}

/// The monotonic clock, in nanoseconds.
package func monotonicNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
