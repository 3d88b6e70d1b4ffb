import Calls
import System
import Testing

@testable import Loading

@Suite("Lines for the operator")
struct LimitedLogTests {
    @Test("a flood is cut, which is said once; after a while there is room again")
    func flood() {
        let (time, lines) = (Guarded(UInt64(1)), Guarded([String]()))
        let log = LimitedLog(now: { time.withLock { $0 } }) { level, line in
            lines.withLock { $0.append("\(level) \(line)") }
        }
        let line = String(repeating: "x", count: 1024 - Allowance.costOfLine)
        for _ in 0..<1000 { log.say(.info, line) }
        let expected = Array(repeating: "info \(line)", count: 256) + ["warning \(LimitedLog.tooMuch)"]
        #expect(lines.withLock { $0 } == expected)
        time.withLock { $0 += Allowance.whileNanoseconds - 1 }
        log.say(.error, "still too much")
        #expect(lines.withLock { $0.count } == 257)
        time.withLock { $0 += 1 }
        log.say(.error, "heard")
        #expect(lines.withLock { $0.last } == "error heard")
    }

    @Test("a line that is too long alone is left out, and empty lines are not free")
    func extremes() {
        var allowance = Allowance()
        let tooLong = [allowance.take(Allowance.bytes, now: 1), allowance.take(0, now: 2)]
        #expect(tooLong == [.tooMuch, .leftOut])
        allowance = Allowance()
        let verdicts = (0..<10_000).map { _ in allowance.take(0, now: 1) }
        #expect(verdicts.count { $0 == .told } == Allowance.bytes / Allowance.costOfLine)
        #expect(verdicts.count { $0 == .tooMuch } == 1)
    }
}
