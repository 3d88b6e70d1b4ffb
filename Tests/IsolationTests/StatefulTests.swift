import Calls
import Loading
import PluginTesting
import System
import Testing

@testable import Isolation

@Suite("A plugin with state has one process for all its calls")
struct StatefulTests {
    private func process(_ crashing: CrashingPlugin) -> String {
        let services = FakeServices()
        crashing.run("nothing", services)
        return services.output
    }

    @Test("calls share it, also side by side; when it crashes it is made anew")
    func oneProcess() throws {
        let crashing = try CrashingPlugin(CrashingPlugin.stateful)
        let first = process(crashing)
        var beside = ""
        #expect(
            crashing.during("wait") { call in
                beside = process(crashing)
                crashing.plugin.cancel(call)
            }.code == .cancelled)
        #expect(beside == first && process(crashing) == first)
        #expect(crashing.run("segfault").end == .crashed(CrashWords.words(for: .signalled(11))))
        #expect(process(crashing).hasPrefix("process "))
    }

    @Test("one crash ends all calls that run, and counts once")
    func oneCrash() throws {
        let crashing = try CrashingPlugin(CrashingPlugin.stateful)
        let words = CrashWords.words(for: .signalled(6))
        let completion = crashing.during("wait", locking: true) { _ in
            #expect(crashing.run("abort").end == .crashed(words))
        }
        #expect(completion.end == .crashed(words))
        #expect(crashing.isLockFree)
        #expect(crashing.plugin.state.read { $0.record.inARow } == 1)
    }

    @Test("a call that does not stop takes the process with it; the others say why, and the plugin is not blamed")
    func killed() throws {
        let crashing = try CrashingPlugin(CrashingPlugin.stateful)
        var other: Completion?
        let completion = crashing.during("loop", locking: true) { call in
            other = crashing.during("wait") { _ in crashing.plugin.kill(call) }
        }
        #expect(completion.end == .killed)
        #expect(other?.end == .crashed(CrashWords.killedForAnother))
        #expect(crashing.isLockFree)
        #expect(crashing.plugin.state.read { $0.record.inARow } == 0)
        #expect(process(crashing).hasPrefix("process "))
    }
}
