import System
import Testing

@testable import Scheduling

@Suite("An alarm clock", .timeLimit(.minutes(20)))
struct AlarmClockTests {
    private final class Owner: Sendable {}

    @Test("rings at the earliest of the times that were set, whichever was set last")
    func earliest() async {
        let clock = AlarmClock()
        defer { clock.close() }
        let owner = Owner()
        let (rings, ring) = AsyncStream.makeStream(of: String.self)
        clock.set(owner, by: monotonicNow() + 30_000_000) { ring.yield("early") }
        clock.set(owner, by: monotonicNow() + 3_600_000_000_000) { ring.yield("late") }
        for await _ in rings { break }
        #expect(!Task.isCancelled)
    }
}
