import Foundation
import Interlock
import Testing

/// What a host had to say.
private final class Log: @unchecked Sendable {
    private let lock = NSLock()
    // Guarded by `lock`.
    private var lines: [String] = []

    var write: @Sendable (LogLevel, String) -> Void {
        { [self] _, line in lock.withLock { lines.append(line) } }
    }

    /// What the gate said, in its order.
    var said: [String] {
        lock.withLock {
            lines.compactMap { line in ["hold is over", "quiesced"].first { line.contains($0) } }
        }
    }

    var hasQuiesced: Bool { said.contains("quiesced") }
}

@Suite("a host's life", .timeLimit(.minutes(20))) struct HostLifeTests {
    @Test("the end of its scope cancels what still runs, and then lets the plugins go")
    func scope() async throws {
        let place = try Workplace()
        let log = Log()
        let turn = try await withHost(place.deployment(), log: log.write) { host in
            let (started, tell) = AsyncStream.makeStream(of: Void.self)
            let turn = host.begin { if case .started = $0.kind { tell.finish() } }
            turn.ingest(.hold("1"))
            turn.ingest(.hold("1"))
            for await _ in started {}
            return turn
        }
        #expect(log.said == ["hold is over", "quiesced"])
        let kinds = await turn.outcomes().map(\.kind)
        #expect(kinds == [.interrupted, .cancelled])
    }

    struct Broken: Error {}

    @Test("so does an error that leaves the scope")
    func failingScope() async throws {
        let place = try Workplace()
        let log = Log()
        await #expect(throws: Broken.self) {
            try await withHost(place.deployment(), log: log.write) { host in
                host.begin().ingest(.hold("1"))
                throw Broken()
            }
        }
        #expect(log.hasQuiesced)
    }

    @Test("a host that has stopped answers every call as cancelled, in open turns and in new ones")
    func stopped() async throws {
        let place = try Workplace()
        let host = try Interlock.Host(place.deployment()) { _, _ in }
        let open = host.begin()
        open.ingest(.hold("1"))
        let idle = host.begin()
        await host.stop()
        await host.stop()
        open.ingest(.open("2"))
        idle.ingest(.open("2"))
        #expect(await open.outcomes().map(\.kind).last == .cancelled)
        #expect(await idle.outcomes().map(\.kind) == [.cancelled])
        #expect(await host.run(Turn(calls: [.insert("new.txt", "x")])).map(\.kind) == [.cancelled])
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty)
    }

    @Test("one that is forgotten lets its plugins go when no call runs any more")
    func forgotten() async throws {
        let place = try Workplace()
        let (isQuiesced, tell) = AsyncStream.makeStream(of: Void.self)
        let log = Log()
        try await runAndForget(place) { level, line in
            log.write(level, line)
            if log.hasQuiesced { tell.finish() }
        } body: { turn in
            turn.ingest(.hold("1"))
            #expect(!log.hasQuiesced)
            turn.ingest(.open("2"))
            #expect(await turn.outcomes().map(\.kind) == [.succeeded, .succeeded])
        }
        // On the thread that lets go of the host last.
        for await _ in isQuiesced {}
    }

    private func runAndForget(
        _ place: Workplace, log: @escaping @Sendable (LogLevel, String) -> Void, body: (RunningTurn) async -> Void
    ) async throws {
        await body(try Interlock.Host(place.deployment(), log: log).begin())
    }

    @Test("what is wrong with a deployment has a code, and only a workspace that cannot be used is fatal")
    func failures() async throws {
        let place = try Workplace()
        #expect { try Interlock.Host(Deployment(workspace: place.path + "/none")) } throws: {
            ($0 as? HostFailure)?.code == .workspace
        }
        #expect { try Deployment.Plugin.bundled(near: place.path) } throws: {
            ($0 as? HostFailure)?.code == .bundledPlugin
        }
        var deployment = try place.deployment()
        deployment.plugins.append(Deployment.Plugin(file: place.path + "/none.so"))
        deployment.tools["hodl"] = Deployment.ToolSettings()
        try await withHost(deployment) { host in
            #expect(host.problems.map(\.code) == [.plugin, .unknownName])
            #expect(host.tools.contains { $0.name == "hold" })
        }
    }
}
