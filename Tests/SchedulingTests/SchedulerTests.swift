import Calls
import System
import Testing

@testable import Scheduling

/// What only threads can bring about.
@Suite("The scheduler", .timeLimit(.minutes(20)))
struct SchedulerTests {
    @Test("what was decided before a call's end is told before it, by whichever thread")
    func order() {
        let slow = SlowScheduler()
        let (gates, scheduler) = (slow.gates, slow.scheduler)
        startThread {
            slow.submit("late", writing: "./f") {}
            gates.open("late is in")
        }
        gates.pass("looks f")
        // It may have made something, and ends while the other looks: so that one has to look again.
        slow.submit("first", writing: "g", effects: .creates) {}
        gates.pass("first is answered")
        gates.open("look f")
        gates.pass("looks f")
        scheduler.cancel(CallNumber(2), why: "nobody wants it")
        gates.pass("late is answered")
        #expect(slow.events("late") == ["ingested", "cancelled"])
        gates.open("look f")
        gates.pass("late is in")
        #expect(slow.events("late") == ["ingested", "cancelled"])
        #expect(slow.events("first") == ["ingested", "granted", "started", "succeeded"])
    }

    @Test("an observer may call the scheduler: what comes of it is told after what it was called for")
    func observerCalls() {
        let teller = Teller<Int>()
        let said = Guarded([Int]())
        teller.putInLine {
            teller.putInLine {
                said.withLock { $0.append(2) }
                return 2
            }
            // It is speaking already.
            said.withLock { $0.append(teller.speak().count) }
            return 1
        }
        #expect(teller.speak() == [1, 2])
        #expect(said.withLock { $0 } == [0, 2])
        #expect(teller.speak() == [])
    }
}
