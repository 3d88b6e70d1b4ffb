import System

/// Which handle stands for which running call.
///
/// A handle is a place in a table and how often that place was used before; 2^43 calls would have to pass through one place
/// until a handle came again. So a late use is found out however late it is, and so is a number that never was a handle.
final class CallRegistry: Sendable {
    /// The handles of the process: plugins do not say which host they speak to.
    static let shared = CallRegistry()

    struct Handle: Hashable, Sendable {
        var rawValue: UInt
    }

    private struct Place {
        var generation: UInt = 1
        var services: CheckedServices?
        /// The thread that runs it.
        var thread: UInt = 0
        /// Why the last service failed, for each thread that used one and had it fail.
        var errors: [UInt: String] = [:]
    }

    private struct State {
        var places: [Place] = []
        var free: [Int] = []
    }

    private static let placeBits: UInt = 20
    private let state = Guarded(State())

    func open(_ services: CheckedServices, thread: UInt) -> Handle {
        state.withLock { state in
            let index = state.free.popLast() ?? state.places.count
            if index == state.places.count { state.places.append(Place()) }
            precondition(state.places.count < 1 << Self.placeBits, "more calls run at once than handles exist")
            state.places[index].services = services
            state.places[index].thread = thread
            return Handle(rawValue: state.places[index].generation << Self.placeBits | UInt(index))
        }
    }

    /// From now on the handle is stale.
    func close(_ handle: Handle) {
        state.withLock { state in
            guard let index = Self.find(handle, in: state) else { return }
            state.places[index] = Place(generation: state.places[index].generation + 1)
            state.free.append(index)
        }
    }

    /// The services of a running call, about to be used by `thread`, whose last error is over with that.
    func services(_ handle: Handle, thread: UInt) -> CheckedServices? {
        state.withLock { state in
            guard let index = Self.find(handle, in: state) else { return nil }
            if !state.places[index].errors.isEmpty { state.places[index].errors[thread] = nil }
            return state.places[index].services
        }
    }

    /// The same, and its last error stays as it is.
    func peek(_ handle: Handle) -> CheckedServices? {
        state.withLock { state in Self.find(handle, in: state).flatMap { state.places[$0].services } }
    }

    func keepError(_ message: String, _ handle: Handle, thread: UInt) {
        state.withLock { state in
            guard let index = Self.find(handle, in: state) else { return }
            state.places[index].errors[thread] = message
        }
    }

    /// Nil if the handle is stale; empty if nothing failed.
    func lastError(_ handle: Handle, thread: UInt) -> String? {
        state.withLock { state in
            Self.find(handle, in: state).map { state.places[$0].errors[thread] ?? "" }
        }
    }

    /// What runs on a thread, if anything does.
    func services(runningOn thread: UInt) -> CheckedServices? {
        state.withLock { state in
            state.places.first { $0.services != nil && $0.thread == thread }?.services
        }
    }

    private static func find(_ handle: Handle, in state: State) -> Int? {
        let index = Int(handle.rawValue & (1 << placeBits - 1))
        guard index < state.places.count, state.places[index].services != nil,
            state.places[index].generation == handle.rawValue >> placeBits
        else { return nil }
        return index
    }
}
