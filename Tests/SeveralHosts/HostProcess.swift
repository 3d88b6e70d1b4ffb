import Foundation
import StrictJSON
import TestSupport

/// One `interlock run`, fed with calls line by line; what it says is read as it comes.
package final class HostProcess: @unchecked Sendable {
    /// One call, as this process sees it. Times are this process's own.
    package struct Progress: Sendable {
        package var sent: UInt64
        package var ended: UInt64?
        package var outcome: String?
        package var text = ""
        /// What it said last of its progress.
        package var message: String?
        /// The holders for which it waited, as the events name them.
        package var holders: [JSON] = []
        /// Nanoseconds of the host's own clock.
        package var ingested: Int?
        package var started: Int?
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errors = Pipe()
    private let lock = NSCondition()
    // Guarded by `lock`, which is what makes the class sendable; so are those below.
    private var calls: [String: Progress] = [:]
    private var isAtEnd = false
    private var said = ""
    private var hasSaidAll = false

    package init(_ place: Playground, workspace: String, config: String = "config.yaml") throws {
        process.executableURL = URL(fileURLWithPath: Bundled.command)
        process.arguments = [
            "run", "--format", "jsonl", "--events", "--workspace", place.path(workspace), "--config",
            place.path(config),
        ]
        process.environment = ["HOME": place.path("home"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        Thread.detachNewThread { [self] in readAnswers() }
        Thread.detachNewThread { [self] in readErrors() }
    }

    package var number: Int { Int(process.processIdentifier) }

    // MARK: - What it is told

    package func send(_ id: String, _ tool: String, _ arguments: JSON) {
        lock.lock()
        calls[id] = Progress(sent: DispatchTime.now().uptimeNanoseconds)
        lock.unlock()
        let line: JSON = ["id": .string(id), "tool": .string(tool), "arguments": arguments]
        // One that was killed does not read any more.
        try? input.fileHandleForWriting.write(contentsOf: Data(line.bytes + [0x0A]))
    }

    /// It ends when it has answered all.
    package func finish() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        wait { $0.isAtEnd && $0.hasSaidAll }
    }

    package func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        finish()
    }

    // MARK: - What it says

    package var progress: [String: Progress] { locked { $0.calls } }
    package var errorText: String { locked { $0.said } }
    package var status: Int32 { process.terminationStatus }

    /// Waits until the call is as `condition` says. False when the process has ended before.
    @discardableResult
    package func wait(for id: String, _ condition: (Progress) -> Bool = { $0.outcome != nil }) -> Bool {
        wait { $0.isAtEnd || ($0.calls[id].map(condition) ?? false) }
        return progress[id].map(condition) ?? false
    }

    /// Waits until fewer calls than that have no answer.
    package func waitForRoom(_ most: Int) {
        wait { $0.isAtEnd || $0.calls.values.count { $0.outcome == nil } < most }
    }

    private func wait(_ condition: (HostProcess) -> Bool) {
        lock.lock()
        while !condition(self) { lock.wait() }
        lock.unlock()
    }

    private func locked<Result>(_ body: (HostProcess) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(self)
    }

    private func readAnswers() {
        var rest: [UInt8] = []
        while true {
            let chunk = output.fileHandleForReading.availableData
            if chunk.isEmpty { break }
            rest += chunk
            while let end = rest.firstIndex(of: 0x0A) {
                let line = Array(rest[..<end])
                rest.removeSubrange(...end)
                guard let json = try? JSONParser.parse(line) else { continue }
                lock.lock()
                note(json)
                lock.broadcast()
                lock.unlock()
            }
        }
        lock.lock()
        isAtEnd = true
        lock.broadcast()
        lock.unlock()
    }

    private func note(_ json: JSON) {
        guard let id = json["id"]?.string, let event = json["event"]?.string else { return }
        let time = json["nanoseconds"]?.number?.integer
        switch event {
        case "ingested": calls[id]?.ingested = time
        case "blocked": calls[id]?.holders.append(json["holder"] ?? .null)
        case "progress": calls[id]?.message = json["message"]?.string
        case "started": calls[id]?.started = time
        case "ended":
            calls[id]?.ended = DispatchTime.now().uptimeNanoseconds
            calls[id]?.text = json["text"]?.string ?? ""
            calls[id]?.outcome = json["outcome"]?.string
        default: break
        }
    }

    private func readErrors() {
        while true {
            let chunk = errors.fileHandleForReading.availableData
            if chunk.isEmpty { break }
            lock.lock()
            said += String(decoding: chunk, as: UTF8.self)
            lock.broadcast()
            lock.unlock()
        }
        lock.lock()
        hasSaidAll = true
        lock.broadcast()
        lock.unlock()
    }
}
