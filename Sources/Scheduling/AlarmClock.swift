import System

/// One thread that wakes others at times. Times are monotonic nanoseconds.
package final class AlarmClock: Sendable {
    private struct Alarm {
        var time: UInt64
        var ring: @Sendable () -> Void
    }

    private struct State {
        var alarms: [ObjectIdentifier: Alarm] = [:]
        var isRunning = false
        var isClosed = false

        var next: UInt64? { alarms.values.lazy.map(\.time).min() }
    }

    private let state = Monitor(State())

    package init() {}

    /// Makes the thread: whoever has done this can rely on every alarm.
    package func start() throws(SystemError) {
        let isFirst = state.change { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { return }
        do throws(SystemError) {
            try makeThread { [self] in run() }
        } catch {
            state.change { $0.isRunning = false }
            throw error
        }
    }

    /// Rings for `owner` at `time`, or before: an earlier time that was set already stands, for who sets two of them at once
    /// does not know which comes last.
    package func set(_ owner: AnyObject, by time: UInt64, _ ring: @escaping @Sendable () -> Void) {
        var starts = false
        state.update { state in
            let before = state.next
            let id = ObjectIdentifier(owner)
            state.alarms[id] = Alarm(time: min(time, state.alarms[id]?.time ?? time), ring: ring)
            guard let next = state.next, !state.isClosed else { return false }
            starts = !state.isRunning
            state.isRunning = true
            return before.map { next < $0 } ?? true
        }
        if starts { startThread { [self] in run() } }
    }

    package func close() {
        state.updateAndWakeAll { $0.isClosed = true }
    }

    private func run() {
        while let due = nextDue() { due() }
    }

    private func nextDue() -> (@Sendable () -> Void)? {
        state.wait { state in
            guard !state.isClosed else { return .done(nil) }
            let now = monotonicNow()
            if let (id, alarm) = state.alarms.first(where: { $0.value.time <= now }) {
                state.alarms[id] = nil
                return .done(alarm.ring)
            }
            return .wait(until: state.next)
        }
    }
}
