import Guards
import System

/// The turns of a host that have calls which have not ended: what must be over before the plugins are let go.
final class OpenTurns: Sendable {
    private struct State {
        var isClosed = false
        /// A turn may enter anew before its last leave has come through, so they are counted.
        var turns: [ObjectIdentifier: (turn: RunningTurn, count: Int)] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Guarded(State())
    private let guards: RaceGuards

    init(_ guards: RaceGuards) {
        self.guards = guards
    }

    /// A turn has its first call that has not ended. False when the host takes no more calls; `leave` comes all the same.
    func enter(_ turn: RunningTurn) -> Bool {
        state.withLock { state in
            state.turns[ObjectIdentifier(turn), default: (turn, 0)].count += 1
            return !state.isClosed || !guards.has(.closedHost)
        }
    }

    /// All its calls have ended.
    func leave(_ turn: RunningTurn) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            let id = ObjectIdentifier(turn)
            state.turns[id]?.count -= 1
            if state.turns[id]?.count == 0 { state.turns[id] = nil }
            guard state.turns.isEmpty else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Lets no more calls in, cancels those that are there, and returns when they have ended.
    func close() async {
        let turns = state.withLock { state in
            state.isClosed = true
            return state.turns.values.map(\.turn)
        }
        for turn in turns { turn.cancel() }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.turns.isEmpty { state.waiting.append(continuation) }
                return state.turns.isEmpty
            }
            if isOver { continuation.resume() }
        }
    }
}
