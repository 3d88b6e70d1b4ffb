import Glibc

/// State that only one thread at a time can see.
///
/// On pthread_mutex and not on `Synchronization.Mutex`, because ThreadSanitizer understands the one and reports false
/// races for the other; they cost the same. Decide under the lock, act outside of it: `body` must not wait for
/// anything.
package final class Guarded<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // Guarded by `mutex`: only `withLock` touches it, which is why the class may say that it is Sendable.
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        defer { pthread_mutexattr_destroy(&attributes) }
        // Whoever has it gives it back soon: looking again for a moment is cheaper than going to sleep.
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
        let failure = pthread_mutex_init(mutex, &attributes)
        precondition(failure == 0, "pthread_mutex_init: error \(failure)")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` with the state for itself. Not re-entrant: calling it again from inside `body` never returns.
    package func withLock<Result, Failure: Error>(
        _ body: (inout sending State) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        let failure = pthread_mutex_lock(mutex)
        precondition(failure == 0, "pthread_mutex_lock: error \(failure)")
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }
}
