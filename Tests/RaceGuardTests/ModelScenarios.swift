import Calls
import Guards
import Locking
import TestSupport

@testable import Scheduling
@testable import SchedulingTests

#if DEBUG

    // What a model of a file system, or a plan alone, shows.

    extension Scenario {
        /// The calls of a random turn, against running them one after another.
        /// `from`: most turns do not need most rules; there one does.
        static func modelTurn(from seed: UInt64) -> Scenario {
            Scenario(seeds: seed...seed + 200_000) { seed, guards in
                ModelTests.run(turns: seed...seed, guards: guards).divergences.first
            }
        }

        /// The calls of two hosts on one file system, against running them in the order in which they started.
        static let modelHosts = Scenario(seeds: 528...20_000) { seed, guards in
            ModelHostsTests.run(turns: seed...seed, guards: guards).divergences.first
        }

        /// One host makes a directory, and the other comes by.
        static let passing = Scenario(seeds: 148...20_000) { seed, guards in
            ModelHostsTests.passing(seed: seed, guards: guards)
        }

        /// Random events of every kind, against an observer who knows what conflicts.
        static let planSimulation = Scenario(seeds: 1...200) { seed, guards in
            var simulation = PlanSimulation(seed: seed, guards: guards)
            return simulation.run(steps: 250)
        }

        /// The first of two calls that run gets the locks of the second.
        @Sendable static func oldPlace(_ guards: RaceGuards) -> String? {
            var table = LockTable(guards: guards)
            let files = ["a", "b"].map { LockRequest(Lock(Key("path", "workspace", $0), .content, .exclusive)) }
            _ = table.enter(CallNumber(1), [files[0]])
            _ = table.enter(CallNumber(2), [files[1]])
            let isReplaced = table.replace(CallNumber(1), by: [files[1]]) != nil
            return isReplaced ? "a call's locks were given to an earlier one while it ran" : nil
        }

        @Sendable static func namesOfSiblings(_ guards: RaceGuards) -> String? {
            var plan = Plan(limits: Limits(), guards: guards)
            let names = [CallNumber(1), CallNumber(2)].map { call in
                _ = plan.submit(submission(call, .name(kind: "process", wish: "build")), noLook, now: 0)
                return plan.reservations.name(of: 0, of: call)
            }
            return names == ["build", "build-2"] ? nil : "two calls that run at once have the names \(names)"
        }

        @Sendable static func nestedCall(_ guards: RaceGuards) -> String? {
            var plan = Plan(limits: Limits(), within: Nothing(), guards: guards)
            let actions = plan.submit(
                submission(CallNumber(1), .key(kind: "k", "one", .exclusive)), noLook, now: 0)
            let starts = actions.contains { if case .start = $0 { true } else { false } }
            return starts ? "a nested call starts with a key that its parent does not hold" : nil
        }

        private static let noLook = Plan.Look(walks: [], epoch: 0)

        private static func submission(_ call: CallNumber, _ resource: Demand.Resource) -> Plan.Submission {
            Plan.Submission(call: call, tool: "tool", plugin: "plugin", demands: [Demand(resource, claim: 0)])
        }
    }

    /// The grant of a call that holds nothing.
    private struct Nothing: LockCoverage {
        func covers(_ lock: Lock) -> Bool { false }
    }

#endif
