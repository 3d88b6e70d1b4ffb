import Calls
import System

/// Numbers the calls and turns of a host, each once and in order.
package final class Numbers: Sendable {
    private let last = Guarded((call: UInt64(0), turn: UInt64(0)))

    package init() {}

    package func nextCall() -> CallNumber {
        last.withLock { last in
            last.call += 1
            return CallNumber(last.call)
        }
    }

    package func nextTurn() -> TurnNumber {
        last.withLock { last in
            last.turn += 1
            return TurnNumber(last.turn)
        }
    }
}
