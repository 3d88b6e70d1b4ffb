import Calls
import Loading
import PluginTesting
import System
import Testing

@testable import Isolation

@Suite("A plugin that crashes again and again is left alone")
struct QuarantineTests {
    @Test("three crashes in a row; one call that ends by itself begins the count anew")
    func record() {
        var record = CrashRecord(most: 3)
        #expect(record.pause == 0)
        func crash(_ how: String) -> Bool { record.crashed(how) }
        #expect(!crash("a") && !crash("b"))
        record.survived()
        #expect(record.inARow == 0)
        #expect(!crash("c") && !crash("d") && !record.isQuarantined)
        #expect(crash("e") && record.isQuarantined)
        #expect(!crash("f"))
        // A call that began before.
        record.survived()
        #expect(record.isQuarantined && record.last == "f")
    }

    @Test("the pause before the next start grows")
    func pauses() {
        var record = CrashRecord(most: 100)
        var pauses: [UInt64] = []
        for _ in 0..<4 {
            pauses.append(record.pause)
            _ = record.crashed("")
        }
        #expect(pauses == pauses.sorted() && pauses[0] == 0 && pauses[1] > 0 && pauses[2] > pauses[1])
        #expect(pauses[3] == pauses[2])
    }

    @Test("after that its calls are refused, and say so; and so is the operator told")
    func refused() throws {
        let crashing = try CrashingPlugin()
        for _ in 0..<3 { #expect(crashing.run("abort").end == .crashed("crashed (SIGABRT: it gave up by itself)")) }
        let services = FakeServices()
        let completion = crashing.run("nothing", services)
        #expect(
            completion.end
                == .refused(
                    "the plugin org.example.crashing is in quarantine: it crashed (SIGABRT: it gave up by itself), "
                        + "the last of 3 crashes in a row. restart the host when the reason is gone"))
        #expect(completion.enforcement == nil)
        #expect(services.output.isEmpty)
        #expect(
            crashing.log.withLock { $0.filter { $0.contains("quarantine") } } == [
                "error org.example.crashing: is in quarantine: it crashed (SIGABRT: it gave up by itself), the last of 3 "
                    + "crashes in a row; restart the host to try again"
            ])
    }

    @Test("a worker is not started again before the pause is over")
    func pause() throws {
        let crashing = try CrashingPlugin()
        for _ in 0..<2 { crashing.run("abort") }
        let pause = crashing.plugin.state.read { $0.record.pause }
        crashing.plugin.state.read { $0.worker }?.end(because: "the test ends it")
        let began = monotonicNow()
        #expect(crashing.run("nothing").end == .returned(0))
        #expect(pause > 0 && monotonicNow() - began >= pause)
    }

    @Test("a worker that is killed from outside is started again")
    func restart() throws {
        let crashing = try CrashingPlugin()
        #expect(crashing.run("nothing").end == .returned(0))
        crashing.plugin.state.read { $0.worker }?.end(because: "the test ends it")
        #expect(crashing.run("nothing").end == .returned(0))
    }
}
