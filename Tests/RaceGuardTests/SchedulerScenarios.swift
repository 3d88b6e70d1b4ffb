import Calls
import Guards
import System

@testable import Scheduling
@testable import SchedulingTests

#if DEBUG

    // What needs threads, and no plugins.

    extension Scenario {
        /// A call looks at its path for so long that another enters and starts meanwhile.
        @Sendable static func slowIngest(_ guards: RaceGuards) -> String? {
            let slow = SlowScheduler(guards: guards)
            let gates = slow.gates
            startThread {
                slow.submit("slow", writing: "./f") {}
                gates.open("slow is in")
            }
            gates.pass("looks f")
            slow.submit("quick", writing: "f") {
                gates.open("quick runs")
                gates.pass("quick goes on")
            }
            gates.pass("quick runs")
            gates.open("look f")
            gates.pass("slow is in")
            let waits = slow.events("slow") == ["ingested behind 1"]
            // Otherwise it comes to its end though the other one stands still.
            if !waits { gates.pass("slow is answered") }
            gates.open("quick goes on")
            gates.pass("quick is answered")
            if waits { gates.pass("slow is answered") }
            return waits ? nil : "two calls that write one file ran at once"
        }

        /// A call that was given up returns after all.
        @Sendable static func lateReturn(_ guards: RaceGuards) -> String? {
            let slow = SlowScheduler(limits: Limits(grace: 1), guards: guards)
            let gates = slow.gates
            let call = slow.submit("late", writing: "f", keeping: Farewell(gates, "late is gone")) {
                gates.open("late runs")
                gates.pass("late returns")
            }
            gates.pass("late runs")
            slow.scheduler.cancel(call, why: "nobody wants it")
            gates.pass("late is answered")
            gates.open("late returns")
            gates.pass("late is gone")
            let answers = slow.answers("late").map(\.kind)
            return answers == [.interrupted] ? nil : "one call has the answers \(answers)"
        }
    }

#endif
