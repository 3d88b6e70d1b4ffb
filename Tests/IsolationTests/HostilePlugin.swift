import Calls
import Foundation
import Loading
import PluginTesting
import StrictJSON
import System
import TestSupport

@testable import Isolation
@testable import Locking

/// The plugin of Fixtures/hostile.c, in a worker. What it does is done on threads of their own: a host that hangs must not take
/// the test along.
final class HostilePlugin: Sendable {
    let plugin: WorkerPlugin
    let log = Guarded([String]())
    /// That the plugin may read.
    let file: String
    private let workshop: Workshop

    init(_ part: String, configured: (inout WorkerOptions) -> Void = { _ in }) throws {
        // Not in /tmp, so that calls have one of their own.
        workshop = try Workshop(in: "/var/tmp")
        file = try workshop.write("y".utf8, named: "file")
        var options = WorkerOptions()
        options.patience = 500
        configured(&options)
        let (log, file) = (log, file)
        plugin = try WorkerLibrary.open(
            file: try workshop.buildC(
                Workshop.repository + "/Tests/IsolationTests/Fixtures/hostile.c",
                ["-O1", "-I", Workshop.repository + "/Sources/CWorker/include"]),
            options: options, files: OneFile(path: Array(file.utf8)),
            log: { level, message in log.withLock { $0.append("\(level) \(message)") } })
        let configuration = JSONObject([("part", .string(part)), ("file", .string(file))])
        try plugin.start(configuration: JSON.object(configuration).text)
    }

    func begin(
        _ call: CallNumber, arguments: String = "{}", _ services: FakeServices = FakeServices()
    ) -> Ended<Completion> {
        Ended { [plugin] in
            plugin.invoke(Grant(call: call), tool: "misbehave", arguments: arguments, services: services)
        }
    }

    /// Whether the call has a process, which is told of it or has been.
    func isServed(_ call: CallNumber) -> Bool {
        plugin.state.read { $0.running[call]?.process }?.isServing ?? false
    }

    /// The process that it made, and told nobody of, as it says itself.
    var untold: Int32? { numbers("untold: ").first }
    /// Those that it has told the guardian of; without a namespace, as they are numbered here.
    var told: [Int32] { numbers(" told: ") }

    private func numbers(_ word: String) -> [Int32] {
        log.withLock { $0.compactMap { $0.split(separator: word).last.flatMap { Int32($0) } } }
    }

    func isWaitingForProcess(_ call: CallNumber) -> Bool {
        plugin.state.read { $0.worker }?.state.read { $0.takers.contains(call) } ?? false
    }
}

/// Something that runs on a thread of its own, and what came of it.
final class Ended<Result: Sendable>: Sendable {
    private let result = Monitor<Result?>(nil)

    init(_ body: @escaping @Sendable () -> Result) {
        let result = result
        Thread.detachNewThread {
            let value = body()
            result.updateAndWakeAll { $0 = value }
        }
    }

    /// Nil if it hangs: so long that no busy machine is meant.
    var value: Result? {
        result.wait(until: monotonicNow() + 120_000_000_000) { $0 }
    }
}

/// Waits until something holds; false if it never does.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<12_000 {
        if condition() { return true }
        usleep(10_000)
    }
    return false
}
