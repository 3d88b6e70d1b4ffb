import Calls
import Foundation
import Interlock
import System

/// The events of a turn, in the order in which they were told; and who waits for one.
package final class EventLog: Sendable {
    package enum Step: String, Sendable {
        case ingested, narrowed, granted, blocked, started, progress, released, ended
    }

    /// No such event came before the test was given up.
    package struct Missing: Error {
        package var step: Step
        package var place: Int
    }

    private struct State {
        var events: [Event] = []
        var watchers: [AsyncStream<Event>.Continuation] = []
    }

    private let state = Guarded(State())
    private let stopped: Set<Int>
    private let stop: Step
    private let gate = Monitor(false)

    /// `stopping`: the thread that tells these calls' `step` stands still until `letGo`. A call that stops when it is
    /// started has run none of its code.
    package init(stopping stopped: Set<Int> = [], at step: Step = .started) {
        self.stopped = stopped
        stop = step
    }

    package func record(_ event: Event) {
        let watchers = state.withLock { state in
            state.events.append(event)
            return state.watchers
        }
        for watcher in watchers { watcher.yield(event) }
        guard event.step == stop, stopped.contains(event.place) else { return }
        gate.wait { isOpen in isOpen ? .done(()) : .wait(until: nil) }
    }

    package func letGo() {
        gate.updateAndWakeAll { $0 = true }
    }

    package var events: [Event] { state.withLock { $0.events } }

    /// Waits for an event of the call at a place of the turn.
    @discardableResult
    package func wait(for step: Step, of place: Int) async throws -> Event {
        guard let event = await first(where: { $0.step == step && $0.place == place }) else {
            throw Missing(step: step, place: place)
        }
        return event
    }

    /// Lets a turn take in its next call, and returns when that has its place in the order, or its answer. The thread that does
    /// so may have to tell what this log stops at, so it is one that nobody else needs.
    package func enter(_ call: Call, _ turn: RunningTurn, at place: Int) async throws {
        Thread.detachNewThread { turn.ingest(call) }
        guard await first(where: { $0.place == place }) != nil else { throw Missing(step: .ingested, place: place) }
    }

    private func first(where isWanted: (Event) -> Bool) async -> Event? {
        let (before, later) = state.withLock { state in
            let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
            state.watchers.append(continuation)
            return (state.events, stream)
        }
        if let event = before.first(where: isWanted) { return event }
        for await event in later where isWanted(event) { return event }
        return nil
    }

    // MARK: - Questions

    package func steps(of place: Int) -> [Step] {
        events.filter { $0.place == place }.map(\.step)
    }

    package func has(_ step: Step, of place: Int) -> Bool {
        events.contains { $0.step == step && $0.place == place }
    }

    package func call(at place: Int) -> CallNumber? { events.first { $0.place == place }?.call }

    /// Whether both were told, this one first.
    package func comes(_ step: Step, of place: Int, before other: Step, of otherPlace: Int) -> Bool {
        let events = events
        guard let first = events.firstIndex(where: { $0.step == step && $0.place == place }),
            let second = events.firstIndex(where: { $0.step == other && $0.place == otherPlace })
        else { return false }
        return first < second
    }

    /// What was in a call's way when it was ingested: the place of the other call, and the resource.
    package func obstacles(of place: Int) -> [(place: Int?, resource: String, mode: Mode)] {
        let events = events
        for event in events where event.place == place {
            guard case .ingested(let obstacles) = event.kind else { continue }
            return obstacles.map { obstacle in
                (events.first { $0.call == obstacle.call }?.place, obstacle.resource, obstacle.mode)
            }
        }
        return []
    }

    /// The places of the calls that ended, in the order in which they did.
    package var ends: [Int] { events.filter { $0.step == .ended }.map(\.place) }
}

extension Event {
    package var step: EventLog.Step {
        switch kind {
        case .ingested: .ingested
        case .narrowed: .narrowed
        case .granted: .granted
        case .blocked: .blocked
        case .started: .started
        case .progress: .progress
        case .released: .released
        case .ended: .ended
        }
    }
}
