import Calls
import System

/// How much one speaker may say, to whoever has to read it: so much in a while. Pure: it is told the time.
struct Allowance: Equatable {
    enum Verdict: Equatable {
        case told
        /// The first of those that are left out.
        case tooMuch
        case leftOut
    }

    /// Bytes in a while.
    static let bytes = 256 << 10
    /// Nanoseconds.
    static let whileNanoseconds: UInt64 = 60_000_000_000
    /// What a line costs beside its bytes, so that empty ones are not free.
    static let costOfLine = 64

    private var began: UInt64 = 0
    private var left = 0
    private var isExceeded = false

    mutating func take(_ bytes: Int, now: UInt64) -> Verdict {
        if began == 0 || now >= began + Self.whileNanoseconds { self = Allowance(began: max(now, 1), left: Self.bytes) }
        left -= bytes + Self.costOfLine
        if left >= 0, !isExceeded { return .told }
        defer { isExceeded = true }
        return isExceeded ? .leftOut : .tooMuch
    }

    init() {}

    private init(began: UInt64, left: Int) {
        self.began = began
        self.left = left
    }
}

/// Lines of a plugin for the operator, as many as there can be of use: a flood is cut, and that is said once.
package final class LimitedLog: Sendable {
    private let allowance = Guarded(Allowance())
    private let log: @Sendable (LogLevel, String) -> Void
    private let now: @Sendable () -> UInt64

    /// - Parameter log: Gets what is within the allowance.
    package init(
        now: @escaping @Sendable () -> UInt64 = monotonicNow, _ log: @escaping @Sendable (LogLevel, String) -> Void
    ) {
        self.now = now
        self.log = log
    }

    package func say(_ level: LogLevel, _ line: String) {
        switch allowance.withLock({ $0.take(line.utf8.count, now: now()) }) {
        case .told: log(level, line)
        case .tooMuch: log(.warning, Self.tooMuch)
        case .leftOut: break
        }
    }

    static let tooMuch =
        "has more to say than \(Allowance.bytes >> 10) KiB in \(Allowance.whileNanoseconds / 1_000_000_000) s; "
        + "the rest is left out"
}
