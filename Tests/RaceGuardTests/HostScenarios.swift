import Calls
import Guards
import HostSupport
import Interlock
import System

#if DEBUG

    // What a whole host does, with the plugin whose calls do what a script says.

    extension Scenario {
        private static func withRig(
            _ guards: RaceGuards, kernel: Kernel = Kernel(), configured: (inout Deployment) -> Void = { _ in },
            _ body: (Rig) async throws -> String?
        ) async throws -> String? {
            var (kernel, complaint) = (kernel, String?.none)
            kernel.guards = guards
            try await HostSupport.withRig(files: ["a": "old"], kernel: kernel, configured: configured) {
                complaint = try await body($0)
            }
            return complaint
        }

        @Sendable static func cancelWhileWaiting(_ guards: RaceGuards) async throws -> String? {
            try await withRig(guards) { rig in
                let (first, second) = (rig.begin(EventLog()), rig.begin(EventLog()))
                first.ingest(.act("await go", ["writes": ["a"]]))
                second.ingest(.act("write a trace", ["writes": ["a"]]))
                second.cancel()
                await rig.signal("go")
                let outcome = await second.outcome(of: 0)
                return outcome.kind == .cancelled && rig.content("a") == "old" ? nil : "it left a trace: \(outcome)"
            }
        }

        @Sendable static func cancelWhileIngesting(_ guards: RaceGuards) async throws -> String? {
            // Cancelled when the host looks at the call's path.
            let cancelled = Guarded<RunningTurn?>(nil)
            var kernel = Kernel()
            kernel.intercept = { _ in cancelled.withLock { $0 }?.cancel() }
            return try await withRig(guards, kernel: kernel) { rig in
                let (first, second) = (rig.begin(EventLog()), rig.begin(EventLog()))
                first.ingest(.act("await go", ["writes": ["a"]]))
                cancelled.withLock { $0 = second }
                second.ingest(.act("write a trace", ["writes": ["a"]]))
                cancelled.withLock { $0 = nil }
                await rig.signal("go")
                let outcome = await second.outcome(of: 0)
                return outcome.kind == .cancelled && rig.content("a") == "old" ? nil : "it left a trace: \(outcome)"
            }
        }

        @Sendable static func callAfterTheEnd(_ guards: RaceGuards) async throws -> String? {
            try await withRig(guards) { rig in
                let turn = rig.begin(EventLog())
                await rig.host.stop()
                turn.ingest(.act("write a late", ["writes": ["a"]]))
                let outcome = await turn.outcome(of: 0)
                return outcome.kind == .cancelled && rig.content("a") == "old" ? nil : "it left a trace: \(outcome)"
            }
        }

        @Sendable static func lateWrite(_ guards: RaceGuards) async throws -> String? {
            try await withRig(guards, configured: { $0.limits.grace = .zero }) { rig in
                let events = EventLog()
                let turn = rig.begin(events)
                turn.ingest(.act("late go write a late; say here; insist end", ["writes": ["a"]]))
                try await events.wait(for: .progress, of: 0)
                turn.cancel()
                guard await turn.outcome(of: 0).kind == .interrupted else { return "it was not given up" }
                await rig.signal("go")
                _ = await rig.run(.act("join"))
                await rig.signal("end")
                return rig.content("a") == "old" ? nil : "a call wrote after its answer"
            }
        }

        @Sendable static func useAfterRelease(_ guards: RaceGuards) async throws -> String? {
            try await withRig(guards) { rig in
                let outcomes = await rig.run(
                    .act("append b 1; release 3; await written; write b mine", ["lends": ["b"]]),
                    .act("append b 2; signal written", ["writes": ["b"]]))
                let kinds = outcomes.map(\.kind)
                if kinds == [.violated, .succeeded], rig.content("b") == "1\n2\n" { return nil }
                return "\(kinds), and the file has \(rig.content("b") ?? "nothing")"
            }
        }
    }

#endif
