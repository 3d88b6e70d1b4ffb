// What Swift brings along: a runtime with threads of its own, Dispatch, Foundation. All of it must work in a call, and none
// of it may be a way out.
import CInterlock
import Dispatch
import Foundation
import InterlockKit

struct Scene: Decodable {
    var claimed: String
    var sibling: String
}

struct Stopped: Encodable { var errno: Int32 }

/// The tool's answer to "could it be done?", as the tests read it.
func report(_ error: Int32) throws {
    if error != 0 { throw ToolError("stopped", details: Stopped(errno: error)) }
}

func write(_ path: String) -> Int32 {
    let file = open(path, O_WRONLY)
    if file < 0 { return errno }
    close(file)
    return 0
}

/// Runs `body` to its end from code that may block.
func waiting(_ body: @escaping @Sendable () async -> Int32) -> Int32 {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var value: Int32 = -1  // written before the signal, read after it
    Task.detached {
        value = await body()
        done.signal()
    }
    done.wait()
    return value
}

struct TasksWork: Tool {
    static let name = "tasks"
    static let description = "Runs a group of tasks and a batch of blocks."
    static let input: Schema = .object([:])
    func run(_ scene: Scene, _ call: Call) throws {
        let sum = waiting {
            await withTaskGroup(of: Int32.self) { group in
                for number: Int32 in 1...100 { group.addTask { number } }
                return await group.reduce(0, +)
            }
        }
        DispatchQueue.concurrentPerform(iterations: 64) { _ in usleep(10) }
        let blocks = DispatchGroup()
        for _ in 1...64 { DispatchQueue.global().async(group: blocks) {} }
        blocks.wait()
        if sum != 5050 { throw ToolError("\(sum)") }
    }
}

struct FoundationWorks: Tool {
    static let name = "foundation"
    static let description = "Reads, formats, matches, sleeps."
    static let input: Schema = .object([:])
    func run(_ scene: Scene, _ call: Call) throws {
        let words = FileManager.default.temporaryDirectory.appendingPathComponent("words.txt")
        try Data("some words.txt".utf8).write(to: words)
        let text = try String(contentsOf: words, encoding: .utf8)
        try FileManager.default.removeItem(at: words)
        let format = DateFormatter()
        format.locale = Locale(identifier: "de_DE")
        format.timeZone = TimeZone(identifier: "Europe/Berlin")
        format.dateStyle = .full
        if format.string(from: Date(timeIntervalSince1970: 0)) != "Donnerstag, 1. Januar 1970" {
            throw ToolError(format.string(from: Date(timeIntervalSince1970: 0)))
        }
        let expression = try NSRegularExpression(pattern: "([a-z]+)\\.txt")
        if expression.numberOfMatches(in: text, range: NSRange(text.startIndex..., in: text)) != 1 {
            throw ToolError(text)
        }
        let json = try JSONSerialization.jsonObject(with: Data(#"{"a":[1,2.5]}"#.utf8))
        if (json as? [String: Any])?.isEmpty ?? true { throw ToolError("no JSON") }
        Thread.sleep(forTimeInterval: 0.001)
        let own = FileManager.default.temporaryDirectory.appendingPathComponent("own.txt")
        try Data("own".utf8).write(to: own, options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: own.path)
        try FileManager.default.removeItem(at: own)
        if ProcessInfo.processInfo.activeProcessorCount < 1 { throw ToolError("no processor") }
    }
}

struct DetachedTask: Tool {
    static let name = "detached_task"
    static let description = "Writes from a detached task."
    static let input: Schema = .object([:])
    func run(_ scene: Scene, _ call: Call) throws {
        try report(waiting { write(scene.sibling) })
    }
}

struct GlobalQueue: Tool {
    static let name = "global_queue"
    static let description = "Writes from Dispatch's own threads."
    static let input: Schema = .object([:])
    func run(_ scene: Scene, _ call: Call) throws {
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var error: Int32 = 0
        DispatchQueue.global().async {
            error = write(scene.sibling)
            done.signal()
        }
        done.wait()
        try report(error)
    }
}

struct AtomicSave: Tool {
    static let name = "atomic_save"
    static let description = "Saves with Foundation."
    static let input: Schema = .object([:])
    func run(_ scene: Scene, _ call: Call) throws {
        do {
            try Data("evil".utf8).write(to: URL(fileURLWithPath: scene.sibling), options: .atomic)
        } catch {
            throw ToolError("stopped", details: Stopped(errno: EACCES))
        }
    }
}

struct RunProgram: Tool {
    static let name = "run_program"
    static let description = "Starts a program with Foundation."
    static let input: Schema = .object([:])
    func run(_ scene: Scene, _ call: Call) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        do {
            try process.run()
            process.waitUntilExit()
        } catch {
            throw ToolError("stopped", details: Stopped(errno: EACCES))
        }
    }
}

let plugin = Plugin(
    id: "org.example.concurrency", version: "1.0.0",
    tools: [TasksWork(), FoundationWorks(), DetachedTask(), GlobalQueue(), AtomicSave(), RunProgram()])

/// The only exported function.
@c(ilk_plugin_v1) public func entry(_ hostMinor: UInt32) -> UnsafePointer<ilk_plugin>? {
    plugin.descriptor(hostMinor)
}
