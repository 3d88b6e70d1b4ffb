import Calls
import Floors
import Foundation
import Interlock
import System

/// What it costs that a call runs in a process of its own.
enum Workers {
    static let rows = [call, service, killed, rate, memory]

    private static let singleUse = "as many single-use processes that answer one message, each made ready ahead, in C"

    private static func withRig<Result>(
        _ setting: Setting, _ body: (HostRig) async throws -> Result
    ) async throws -> Result {
        let rig = try HostRig(setting, files: 2, isolation: .worker)
        defer { rig.shutDown() }
        // The worker starts with its first call.
        _ = try await rig.time(rig.turn([("touch", HostRig.file(0), 0)]))
        return try await body(rig)
    }

    private static func withZygote<Result>(_ body: (OpaquePointer) async throws -> Result) async throws -> Result {
        let zygote = floor_zygote_open()
        defer { floor_zygote_close(zygote) }
        return try await body(zygote)
    }

    private static let call = Row(
        name: "worker-call", section: .workers,
        subject: "100 trivial calls of one file, one after another through a host, each in a process of its own",
        reference: singleUse, unit: .times, goal: 2
    ) { setting in
        let times = setting.size(100, quick: 5)
        return try await withRig(setting) { rig in
            let turn = rig.turn(Array(repeating: ("touch", HostRig.file(0), 0), count: times))
            return try await withZygote { zygote in
                try await Round.interleave(setting.rounds(25)) {
                    try await rig.time(turn)
                } reference: {
                    Double(floor_zygote_calls(zygote, Int32(times)))
                }
            }
        }
    }

    private static let service = Row(
        name: "worker-service", section: .workers,
        subject: "5000 times what is registered, asked of the host by one call in a worker",
        reference: "as many short messages to another process and back, in C", unit: .times, goal: 2
    ) { setting in
        let times = setting.size(5000, quick: 20)
        return try await withRig(setting) { rig in
            let turn = rig.turn([("ask", HostRig.file(0), times)])
            return try await Round.interleave(setting.rounds(15)) {
                try await rig.time(turn)
            } reference: {
                Double(floor_round_trips(Int32(times)))
            }
        }
    }

    private static let killed = Row(
        name: "worker-killed", section: .workers,
        subject: "from SIGKILL of the process that runs a call to the grant of the call that waits for its file",
        reference: "from SIGKILL of a process to the lock (flock) that a thread waits for, in C", unit: .times, goal: 5
    ) { setting in
        try await withRig(setting) { rig in
            try await Round.interleave(setting.rounds(25)) {
                Double(try await killToGrant(rig))
            } reference: {
                Double(floor_kill_to_lock(setting.directory + "/lock"))
            }
        }
    }

    /// The only process for a call, which is not that of the last call on its way out.
    private static func readyProcess() async throws -> Int32 {
        var last: Int32?
        while true {
            let found = try WorkerProcesses.find("interlock-call").map(\.number)
            if found.count == 1, found.first == last { return found[0] }
            last = found.count == 1 ? found[0] : nil
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private static func killToGrant(_ rig: HostRig) async throws -> UInt64 {
        let idle = try await readyProcess()
        let news = AsyncStream.makeStream(of: Event.self)
        let turn = rig.host.begin { news.continuation.yield($0) }
        for call in rig.turn([("hold", HostRig.file(0), 0), ("touch", HostRig.file(0), 0)]).calls { turn.ingest(call) }
        var start: UInt64 = 0
        for await event in news.stream {
            switch (event.kind, event.place) {
            case (.started, 0):
                try await WorkerProcesses.await { try $0("interlock-call").count == 2 }
                start = monotonicNow()
                // The one that runs it was ready before; the other was made ready since.
                kill(idle, SIGKILL)
            case (.granted, 1):
                let time = event.time - start
                try HostRig.check([await turn.outcome(of: 1)])
                return time
            default: break
            }
        }
        throw BenchFailure("the call that waited got nothing")
    }

    private static let rate = Row(
        name: "worker-rate", section: .workers,
        subject: "trivial calls of two files in one turn, each in a process of its own",
        reference: "the same of single-use processes, one after another, in C", unit: .count("calls a second")
    ) { setting in
        let times = setting.size(500, quick: 5)
        return try await withRig(setting) { rig in
            let turn = rig.turn((0..<times).map { ("touch", HostRig.file($0 % 2), 0) })
            func perSecond(_ time: Double) -> Double { Double(times) * 1e9 / time }
            return try await withZygote { zygote in
                try await Round.interleave(setting.rounds(15)) {
                    perSecond(try await rig.time(turn))
                } reference: {
                    perSecond(Double(floor_zygote_calls(zygote, Int32(times))))
                }
            }
        }
    }

    private static let memory = Row(
        name: "worker-memory", section: .workers,
        subject: "memory of a worker at rest: its processes' own, and their shares of what they have in common",
        reference: "the host's own", unit: .count("KiB")
    ) { setting in
        try await withRig(setting) { _ in
            try await WorkerProcesses.await { try $0("interlock-call").count > 0 }
            let processes = try WorkerProcesses.find("interlock-")
            return try [
                Round(
                    subject: processes.reduce(0) { $0 + (try $1.proportionalMemory()) },
                    reference: WorkerProcesses.Found(number: getpid()).proportionalMemory())
            ]
        }
    }
}

/// The processes of the workers that this process has, as the kernel lists them.
enum WorkerProcesses {
    struct Found: Sendable {
        var number: Int32

        /// KiB; what several processes share counts in parts.
        func proportionalMemory() throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(number)/smaps_rollup", encoding: .utf8)
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pss:") }),
                let size = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
            else { throw BenchFailure("the memory of process \(number) cannot be found out") }
            return size
        }
    }

    /// Those whose names begin so, and that come from this process.
    static func find(_ name: String) throws -> [Found] {
        var all: [Int32: (parent: Int32, name: Substring)] = [:]
        for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let number = Int32(entry),
                let text = try? String(contentsOfFile: "/proc/\(entry)/stat", encoding: .utf8),
                let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"),
                let parent = text[close...].split(separator: " ").dropFirst(2).first.flatMap({ Int32($0) })
            else { continue }  // It has gone meanwhile, or is no process.
            all[number] = (parent, text[text.index(after: open)..<close])
        }
        func isOurs(_ number: Int32) -> Bool {
            guard let entry = all[number] else { return false }
            return entry.parent == getpid() || isOurs(entry.parent)
        }
        return all.keys.filter { all[$0]?.name.hasPrefix(name) == true && isOurs($0) }.sorted().map(Found.init)
    }

    /// Returns when it is so, or fails when it is not so for ten seconds.
    static func await(_ isSo: ((String) throws -> [Found]) throws -> Bool) async throws {
        for _ in 0..<10_000 {
            if try isSo(find) { return }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw BenchFailure("a worker has not the processes that it should have")
    }
}
