import Foundation
import StrictJSON
import Testing

/// What several hosts did to shared files, and whether it adds up.
struct History: Sendable {
    struct Edit: Sendable {
        var line: String
        /// By the names of the first workspace.
        var files: [String]
        var sent: UInt64
        /// nil: never acknowledged; it may have happened or not.
        var ended: UInt64?
    }

    var edits: [Edit] = []
    /// What should not have happened at all.
    var faults: [String] = []
    var longestWait = 0
    var kills = 0

    /// Everything that is wrong with the files: acknowledged lines that are not there once, lines that nobody wrote, torn
    /// ones, and lines in another order than that in which they were asked for and acknowledged.
    func complaints(_ place: Playground) -> [String] {
        var complaints = faults
        let known = Dictionary(grouping: edits, by: \.line)
        for file in Set(edits.flatMap(\.files)).sorted() {
            let lines = place.lines(file)
            if !place.text(file).isEmpty, place.text(file).last != "\n" {
                complaints.append("\(file) is torn at its end")
            }
            var count: [String: Int] = [:]
            for line in lines { count[line, default: 0] += 1 }
            for edit in edits where edit.files.contains(file) && edit.ended != nil && count[edit.line] != 1 {
                complaints.append("\(file) has \(edit.line) \(count[edit.line] ?? 0) times, and it was acknowledged")
            }
            for (line, count) in count where known[line] == nil || count > 1 {
                complaints.append("\(file) has \(line) \(count) times")
            }
            complaints += misplaced(lines, file, known)
        }
        return complaints
    }

    /// A line before which stands one that was only asked for when it was acknowledged already.
    private func misplaced(_ lines: [String], _ file: String, _ known: [String: [Edit]]) -> [String] {
        var earliestEnd = UInt64.max
        var complaints: [String] = []
        for line in lines.reversed() {
            guard let edit = known[line]?.first else { continue }
            if edit.sent > earliestEnd { complaints.append("\(file): \(line) stands before its time") }
            earliestEnd = min(earliestEnd, edit.ended ?? .max)
        }
        return complaints
    }

    mutating func add(_ other: History) {
        edits += other.edits
        faults += other.faults
        longestWait = max(longestWait, other.longestWait)
        kills += other.kills
    }
}

/// How hosts see the same files.
enum Scene: CaseIterable {
    /// One workspace.
    case one
    /// A workspace inside the other's.
    case nested
    /// Two workspaces, and a directory beside them as a root of both.
    case root
    /// Two workspaces, and hard links from one to the other.
    case hardLinks

    /// The names of the shared files in each of two workspaces, and of the files themselves.
    func files(_ place: Playground, _ number: Int) -> (names: [String], file: String) {
        let name = "f\(number)"
        return switch self {
        case .one: ([name, name], "work/\(name)")
        case .nested: (["in/er/\(name)", name], "work/in/er/\(name)")
        case .root: ([place.path("shared/\(name)"), place.path("shared/\(name)")], "shared/\(name)")
        case .hardLinks: ([name, name], "work/\(name)")
        }
    }

    var workspaces: [String] {
        switch self {
        case .one: ["work", "work"]
        case .nested: ["work", "work/in/er"]
        case .root, .hardLinks: ["work", "other"]
        }
    }

    /// A file with several names is written in place: who is killed then leaves half of it, and says so beforehand.
    var survivesKills: Bool { self != .hardLinks }

    func prepare(files: Int) throws -> Playground {
        let settings = self == .root ? "roots:\n  - name: shared\n    path: SHARED\n    writable: true\n" : ""
        let place = try Playground(settings)
        for name in ["work/in/er", "other", "shared"] { try place.makeDirectory(name) }
        for config in ["config.yaml", "alone.yaml"] {
            try place.write(config, place.text(config).replacingOccurrences(of: "SHARED", with: place.path("shared")))
        }
        guard self == .hardLinks else { return place }
        for number in 0..<files {
            try place.write("work/f\(number)", "")
            try FileManager.default.linkItem(
                atPath: place.path("work/f\(number)"), toPath: place.path("other/f\(number)"))
        }
        return place
    }
}

/// One host after another in one workspace, each with a turn of random edits, some of them killed.
struct Worker: Sendable {
    let name: String
    let scene: Scene
    let side: Int
    let place: Playground
    var config = "config.yaml"
    static let files = 3

    func work(rounds: Int, calls: Int, mayKill: Bool) throws -> History {
        var history = History()
        for round in 0..<rounds {
            let host = try HostProcess(place, workspace: scene.workspaces[side], config: config)
            var asked: [String: [String]] = [:]
            for number in 0..<calls {
                let id = "\(name).\(round).\(number)"
                asked[id] = ask(host, id)
            }
            if mayKill, scene.survivesKills, Int.random(in: 0..<3) == 0 {
                usleep(.random(in: 1_000...40_000))
                host.kill()
                history.kills += 1
            } else {
                host.finish()
                if host.status != 0 { history.faults.append("\(name): status \(host.status): \(host.errorText)") }
            }
            record(host, asked, in: &history)
        }
        return history
    }

    /// Sends a random call; returns the files that it writes.
    private func ask(_ host: HostProcess, _ id: String) -> [String] {
        let (one, other) = (Int.random(in: 0..<Self.files), Int.random(in: 0..<Self.files))
        let (first, second) = (scene.files(place, one), scene.files(place, other))
        let line = JSON.string(id)
        let path = JSON.string(first.names[side])
        switch Int.random(in: 0..<10) {
        case 0..<4:
            host.send(id, "journal_add", ["path": path, "line": line])
        case 4..<6 where one != other:
            host.send(id, "journal_pair", ["path": path, "other": .string(second.names[side]), "line": line])
            return [first.file, second.file]
        case 6:
            host.send(id, "file_read", ["path": path])
            return []
        case 7:
            host.send(id, "file_search", ["path": ".", "pattern": "1"])
            return []
        default:
            host.send(id, "file_edit_insert", ["path": path, "content": .string(id + "\n")])
        }
        return [first.file]
    }

    private func record(_ host: HostProcess, _ asked: [String: [String]], in history: inout History) {
        for (id, progress) in host.progress {
            guard let files = asked[id] else { continue }
            if let ingested = progress.ingested, let started = progress.started {
                history.longestWait = max(history.longestWait, started - ingested)
            }
            let isDone = progress.outcome == "succeeded"
            // A file may be missing when it is read.
            if let outcome = progress.outcome, !isDone, !files.isEmpty {
                history.faults.append("\(id) \(outcome): \(progress.text)")
            }
            if files.isEmpty { continue }
            history.edits.append(
                History.Edit(line: id, files: files, sent: progress.sent, ended: isDone ? progress.ended : nil))
        }
    }
}

@Suite("Several hosts", .serialized, .timeLimit(.minutes(10))) struct HistoryTests {
    /// `INTERLOCK_PROCESS_ROUNDS` makes it longer.
    static let rounds = ProcessInfo.processInfo.environment["INTERLOCK_PROCESS_ROUNDS"].flatMap { Int($0) } ?? 3

    private static func run(
        _ scene: Scene, workers: Int, rounds: Int, calls: Int, mayKill: Bool, config: String
    ) async throws -> (History, Playground) {
        let place = try scene.prepare(files: Worker.files)
        let history = try await withThrowingTaskGroup(of: History.self) { group in
            for number in 0..<workers {
                let worker = Worker(name: "w\(number)", scene: scene, side: number % 2, place: place, config: config)
                group.addTask {
                    try await onThread { try worker.work(rounds: rounds, calls: calls, mayKill: mayKill) }
                }
            }
            var history = History()
            for try await part in group { history.add(part) }
            return history
        }
        return (history, place)
    }

    @Test("lose nothing, tear nothing and leave nothing, whoever is killed", arguments: Scene.allCases)
    func nothingIsLost(scene: Scene) async throws {
        let (history, place) = try await Self.run(
            scene, workers: 3, rounds: Self.rounds, calls: 12, mayKill: true, config: "config.yaml")
        #expect(history.complaints(place) == [])
        #expect(history.edits.count { $0.ended != nil } > Self.rounds * 3)
        print(
            "\(scene): \(history.edits.count) edits, \(history.kills) hosts killed, longest wait",
            "\(history.longestWait / 1_000_000) ms")
    }

    @Test("lose lines when nothing keeps them apart", arguments: Scene.allCases)
    func twin(scene: Scene) async throws {
        let (history, place) = try await Self.run(
            scene, workers: 3, rounds: 2, calls: 20, mayKill: false, config: "alone.yaml")
        #expect(!history.complaints(place).isEmpty)
    }

    @Test("let one who needs everything in, though others never leave a gap")
    func nobodyStarves() async throws {
        let place = try Playground()
        let isOver = Flag()
        let hammers = (0..<3).map { number in
            Task {
                try await onThread {
                    let host = try HostProcess(place, workspace: "work")
                    var count = 0
                    while !isOver.isRaised {
                        // Always several under way.
                        host.waitForRoom(6)
                        host.send(
                            "h\(number).\(count)", "journal_add", ["path": .string("f\(count % 5)"), "line": "x"])
                        count += 1
                    }
                    host.finish()
                    return (count, host.progress.values.allSatisfy { $0.outcome == "succeeded" })
                }
            }
        }
        let waits = try await onThread {
            let host = try HostProcess(place, workspace: "work")
            for number in 0..<5 {
                host.send("all\(number)", "journal_all", ["path": "all", "line": "y"])
                host.wait(for: "all\(number)")
            }
            host.finish()
            return host.progress.values.compactMap { call -> Int? in
                guard call.outcome == "succeeded", let started = call.started, let ingested = call.ingested else {
                    return nil
                }
                return started - ingested
            }
        }
        isOver.raise()
        var lines = 0
        for hammer in hammers {
            let (count, isDone) = try await hammer.value
            #expect(isDone)
            lines += count
        }
        #expect(waits.count == 5)
        #expect((0..<5).reduce(0) { $0 + place.lines("work/f\($1)").count } == lines)
        #expect(place.lines("work/all").count == 5)
        print("whole workspace among \(lines) edits: worst wait \((waits.max() ?? 0) / 1_000_000) ms")
    }
}

final class Flag: @unchecked Sendable {
    private let lock = NSLock()
    // Guarded by `lock`.
    private var value = false

    var isRaised: Bool { lock.withLock { value } }
    func raise() { lock.withLock { value = true } }
}

/// Blocking work beside Swift's own threads.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}
