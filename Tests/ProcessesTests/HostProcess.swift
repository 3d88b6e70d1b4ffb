import Foundation
import StrictJSON

/// One `interlock run`, fed with calls line by line; what it says is read as it comes.
final class HostProcess: @unchecked Sendable {
    /// One call, as this process sees it. Times are this process's own.
    struct Progress {
        var sent: UInt64
        var ended: UInt64?
        var outcome: String?
        var text = ""
        /// The holders for which it waited, as the events name them.
        var holders: [JSON] = []
        /// Nanoseconds of the host's own clock.
        var ingested: Int?
        var started: Int?
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

    init(_ place: Playground, workspace: String, config: String = "config.yaml") throws {
        process.executableURL = Self.executable
        process.arguments = [
            "run", "--format", "jsonl", "--events", "--workspace", place.path(workspace), "--config",
            place.path(config), "--plugin", place.path("journal.so"),
        ]
        process.environment = ["HOME": place.path("home"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        Thread.detachNewThread { [self] in readAnswers() }
        Thread.detachNewThread { [self] in readErrors() }
    }

    static var executable: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("interlock")
    }

    var number: Int { Int(process.processIdentifier) }

    // MARK: - What it is told

    func send(_ id: String, _ tool: String, _ arguments: JSON) {
        lock.lock()
        calls[id] = Progress(sent: DispatchTime.now().uptimeNanoseconds)
        lock.unlock()
        let line: JSON = ["id": .string(id), "tool": .string(tool), "arguments": arguments]
        // One that was killed does not read any more.
        try? input.fileHandleForWriting.write(contentsOf: Data(line.bytes + [0x0A]))
    }

    /// It ends when it has answered all.
    func finish() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        wait { $0.isAtEnd }
    }

    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        finish()
    }

    // MARK: - What it says

    var progress: [String: Progress] { locked { $0.calls } }
    var errorText: String { locked { $0.said } }
    var status: Int32 { process.terminationStatus }

    /// Waits until the call is as `condition` says. False when the process has ended before.
    @discardableResult
    func wait(for id: String, _ condition: (Progress) -> Bool = { $0.outcome != nil }) -> Bool {
        wait { $0.isAtEnd || ($0.calls[id].map(condition) ?? false) }
        return progress[id].map(condition) ?? false
    }

    /// Waits until fewer calls than that have no answer.
    func waitForRoom(_ most: Int) {
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
            if chunk.isEmpty { return }
            lock.lock()
            said += String(decoding: chunk, as: UTF8.self)
            lock.broadcast()
            lock.unlock()
        }
    }
}

/// A directory for one test: workspaces, a configuration with a lock file of its own, the plugin with the tools that lose
/// lines.
final class Playground: Sendable {
    private let directory: String

    init(_ settings: String = "") throws {
        directory = NSTemporaryDirectory() + "interlock-processes-\(UUID().uuidString)"
        for name in ["home", "work"] {
            try FileManager.default.createDirectory(
                atPath: path(name), withIntermediateDirectories: true)
        }
        try write("config.yaml", "locks: \(path("state/locks"))\n" + settings)
        try write("alone.yaml", "locks: none\n" + settings)
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let build = Process()
        build.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        build.arguments = [
            "cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden", "-I",
            tests.appendingPathComponent("../../Sources/CInterlock/include").path,
            tests.appendingPathComponent("Fixtures/journal.c").path, "-o", path("journal.so"),
        ]
        try build.run()
        build.waitUntilExit()
        guard build.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func path(_ name: String) -> String { directory + "/" + name }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    func text(_ name: String) -> String {
        FileManager.default.contents(atPath: path(name)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func lines(_ name: String) -> [String] {
        text(name).split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast()
    }
}
