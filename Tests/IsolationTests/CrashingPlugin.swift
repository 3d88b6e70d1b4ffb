import Calls
import Foundation
import Isolation
import Loading
import PluginTesting
import StrictJSON
import System
import TestSupport

@testable import Locking

/// The plugin of Fixtures/crashing.c, in a worker.
final class CrashingPlugin: Sendable {
    let plugin: WorkerPlugin
    /// What was said to the operator.
    let log = Guarded([String]())
    /// A file that calls lock, and a test looks whether they still do.
    let lock: String
    private let workshop: Workshop
    private let numbers = Guarded(UInt64(0))

    init(
        _ flags: [String] = [], configuration: String = "{}", files: (any NativeFiles)? = nil,
        configured: (inout WorkerOptions) -> Void = { _ in }
    ) throws {
        // Not in /tmp, so that calls have one of their own.
        workshop = try Workshop(in: "/var/tmp")
        lock = try workshop.write("lock".utf8, named: "lock")
        var options = WorkerOptions()
        // For the ends in which it forks.
        options.grants = [.programs, .bestEffort]
        configured(&options)
        let (log, lock) = (log, lock)
        plugin = try WorkerLibrary.open(
            file: try Self.build(flags, in: workshop), options: options,
            files: files ?? OneFile(path: Array(lock.utf8)),
            log: { level, message in
                log.withLock { $0.append("\(level) \(message)") }
            })
        try plugin.start(configuration: configuration)
    }

    static func build(_ flags: [String] = [], in workshop: Workshop) throws -> String {
        let source = Workshop.repository + "/Tests/IsolationTests/Fixtures/crashing.c"
        return try workshop.buildC(
            source, ["-pthread", "-O1", "-Wno-infinite-recursion"] + (flags.isEmpty ? ["-DSTATE="] : flags),
            // A sanitizer would catch how it dies.
            sanitized: false)
    }

    static let stateful = ["-DSTATE=|ILK_TOOL_STATEFUL"]

    func next() -> CallNumber {
        CallNumber(
            numbers.withLock { number in
                number += 1
                return number
            })
    }

    @discardableResult
    func run(
        _ how: String, at path: String = "", locking: Bool = false, call: CallNumber? = nil,
        _ services: FakeServices = FakeServices()
    ) -> Completion {
        var arguments = JSONObject([("how", .string(how)), ("path", .string(path))])
        if locking { arguments["lock"] = .string(lock) }
        return plugin.invoke(
            Grant(call: call ?? next()), tool: "misbehave", arguments: JSON.object(arguments).text, services: services)
    }

    /// Whether no process has the lock.
    var isLockFree: Bool {
        let descriptor = open(lock, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Runs `body` while a call runs that has begun, and returns how that call ended.
    func during(
        _ how: String, locking: Bool = false, hostsLock: Int32 = -1, _ body: (CallNumber) -> Void
    ) -> Completion {
        let state = Monitor<(hasBegun: Bool, completion: Completion?)>((false, nil))
        let call = next()
        let services = FakeServices(onProgress: { state.updateAndWakeAll { $0.hasBegun = true } })
        services.state.withLock { $0.hostsLock = hostsLock }
        Thread.detachNewThread { [self] in
            let completion = run(how, locking: locking, call: call, services)
            state.updateAndWakeAll { $0.completion = completion }
        }
        // Or it has not even begun: the test will say so of what it ended with.
        state.wait { $0.hasBegun || $0.completion != nil ? .done(()) : .wait(until: nil) }
        body(call)
        return state.wait { $0.completion.map { .done($0) } ?? .wait(until: nil) }
    }
}

/// Of all files one, which every call may read.
struct OneFile: NativeFiles {
    let path: [UInt8]

    func perform(_ attempt: FileAttempt, _ coverage: any LockCoverage) -> AttemptAnswer {
        guard attempt.path == path, attempt.isReading, coverage.covers(Lock(.paths, .content, .shared)) else {
            return .elsewhere(path: true, other: attempt.other != nil)
        }
        do {
            return .opened(try Kernel().open(trusted: path, .read))
        } catch {
            return .fails(error)
        }
    }
    func isInRoot(_ path: [UInt8]) -> Bool { path == self.path }
    var rootPaths: [[UInt8]] { [] }
}
