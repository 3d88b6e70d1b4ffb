import Calls
import Foundation
import Isolation
import Loading
import Locking
import PluginTesting
import TestSupport

/// A host of one plugin, in a process that does nothing else: what it has afterwards can be compared with what it had.
///
///     paces crash PLUGIN NAMESPACES      a thousand calls with bad ends; prints what is left of them
///     paces time PLUGIN TOOL ARGUMENTS   how long a call takes that finds a process ready, in microseconds
@main
struct Paces {
    private let plugin: WorkerPlugin

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "crash": try crash(file: arguments[2], namespaces: arguments[3] == "1")
        case "time": try time(file: arguments[2], tool: arguments[3], arguments: arguments[4])
        default: print("what is to be done?")
        }
    }

    private init(_ file: String, configured: (inout WorkerOptions) -> Void = { _ in }) throws {
        var options = WorkerOptions()
        options.mostCrashes = .max
        options.grants = [.programs, .bestEffort]
        configured(&options)
        plugin = try WorkerLibrary.open(file: file, options: options, log: { _, _ in })
        try plugin.start(configuration: "{}")
    }

    @discardableResult
    private func run(_ tool: String, _ arguments: String, call: Int, _ services: FakeServices) -> Completion {
        let number = CallNumber(UInt64(call))
        var table = LockTable()
        _ = table.enter(number, [])
        guard let grant = table.grant(number) else { preconditionFailure("a call without claims is granted") }
        return plugin.invoke(grant, tool: tool, arguments: arguments, services: services)
    }

    // MARK: - Bad ends

    private static let hows = [
        "abort", "nothing", "segfault", "escape", "exit", "garbage", "twice", "descriptor", "leak", "silence",
    ]

    private static func crash(file: String, namespaces: Bool) throws {
        let scratch = NSTemporaryDirectory() + "/paces-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: false)
        func make() throws -> Paces {
            try Paces(file) { options in
                options.usesNamespaces = namespaces
                options.scratch = scratch
            }
        }
        // What the runtime opens for itself the first time.
        do {
            let paces = try make()
            paces.crash(8)
            paces.plugin.quiesce()
        }
        let before = try Belongings.settled()
        var growth = 0
        do {
            let paces = try make()
            paces.crash(200)
            let resident = try Belongings.resident()
            paces.crash(800)
            growth = try Belongings.resident() - resident
            paces.plugin.quiesce()
        }
        let after = try Belongings.settled()
        let left = try FileManager.default.contentsOfDirectory(atPath: scratch)
        try FileManager.default.removeItem(atPath: scratch)
        print("processes \(after.processes)")
        print("descriptors \(after.descriptors - before.descriptors)")
        // A sanitizer keeps what was given back for a while.
        let most = Workshop.isSanitized ? 256 << 20 : 8 << 20
        print("memory \(growth < most ? "ok" : "grew by \(growth) bytes")")
        print("files \(left.sorted())")
    }

    /// On more threads than there are processors: mostly a call that comes to a bad end is waited for.
    private func crash(_ count: Int) {
        let threads = 20
        let calls = DispatchGroup()
        for thread in 0..<min(threads, count) {
            calls.enter()
            Thread.detachNewThread {
                for (round, call) in stride(from: thread, to: count, by: threads).enumerated() {
                    let how = Self.hows[(thread + round) % Self.hows.count]
                    run("misbehave", #"{"how":"\#(how)"}"#, call: call + 1, FakeServices())
                }
                calls.leave()
            }
        }
        calls.wait()
    }

    // MARK: - Times

    private static func time(file: String, tool: String, arguments: String) throws {
        let paces = try Paces(file)
        var times: [Double] = []
        for call in 1...600 {
            let services = FakeServices(files: ["a": "some text\n"])
            // So that a process is ready, as it is when a turn begins.
            usleep(3000)
            let begin = DispatchTime.now().uptimeNanoseconds
            let completion = paces.run(tool, arguments, call: call, services)
            times.append(Double(DispatchTime.now().uptimeNanoseconds - begin) / 1000)
            precondition(completion.status == 0, "\(completion)")
        }
        let sorted = times.dropFirst(100).sorted()
        print("median \(sorted[sorted.count / 2]) p90 \(sorted[sorted.count * 9 / 10]) min \(sorted[0])")
    }
}
