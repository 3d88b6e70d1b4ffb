import Calls
import Locking

@testable import Scheduling

/// A script of commands and what they lead to, after the manner of data-driven tests: blocks of command lines, `----`, the
/// trace, an empty line. The commands are described in Scripts/README.md.
struct Script {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Block {
        var commands: [String]
        var expected: [String]
    }

    var blocks: [Block] = []

    init(_ text: String) {
        for part in text.split(separator: "\n\n") {
            let lines = part.split(separator: "\n").map(String.init)
            let rule = lines.firstIndex(of: "----") ?? lines.endIndex
            blocks.append(
                Block(commands: Array(lines[..<rule]), expected: Array(lines[rule...].dropFirst())))
        }
    }

    var text: String {
        blocks.map { block in
            (block.commands + (block.commands.allSatisfy { $0.hasPrefix("#") } ? [] : ["----"] + block.expected))
                .joined(separator: "\n")
        }.joined(separator: "\n\n") + "\n"
    }

    /// The same script with the traces that its commands really lead to.
    func run() throws -> Script {
        var machine = ScriptMachine()
        var result = self
        for (index, block) in blocks.enumerated() {
            var trace: [String] = []
            for command in block.commands where !command.hasPrefix("#") { trace += try machine.perform(command) }
            if let broken = machine.complaint { throw Failure(description: "\(block.commands): \(broken)") }
            result.blocks[index].expected = trace
        }
        return result
    }
}

/// What a script's commands work on.
struct ScriptMachine {
    private var system = MemoryFileSystem()
    private var limits = Limits(wait: 600 * Self.second, grace: 5 * Self.second)
    private static let second: UInt64 = 1_000_000_000
    private var pools: [String: Int] = [:]
    /// Other processes share the files.
    private var hasOthers = false
    private var plan: Plan?
    /// The plan around the nested one.
    private var outer: Plan?
    private var names: [CallNumber: String] = [:]
    private var demands: [CallNumber: [Demand]] = [:]
    private var now: UInt64 = 0

    var complaint: String? { plan?.table.checkInvariants() }

    mutating func perform(_ line: String) throws -> [String] {
        var words = line.split(separator: " ").map(String.init)
        let command = words.removeFirst()
        switch command {
        case "dir", "file", "symlink", "hardlink", "remove", "rmtree": return try change(command, words)
        case "jobs": limits.jobs = try number(words.first)
        case "queue": limits.queue = try number(words.first)
        case "limit": limits.perTool[try word(words, 0)] = try number(words.last)
        case "others": hasOthers = true
        case "pool": pools[try word(words, 0)] = try number(words.last)
        case "enter": return try enter(try word(words, 0), Array(words.dropFirst()))
        case "look", "look-late":
            let call = try call(words.first)
            let epoch = command == "look" ? planNow.epoch : planNow.epoch &- 1
            let look = Plan.Look(walks: walks(demands[call] ?? []), epoch: epoch)
            return change { $0.looked(call, look, now: $1) }
        case "locked":
            let call = try call(words.first)
            let look = Plan.Look(walks: walks(demands[call] ?? []), epoch: planNow.epoch)
            return change { $0.locked(call, look, now: $1) }
        case "blocked":
            let call = try call(words.first)
            let place: Int = try number(words[1])
            let holder = try words.count < 3 ? nil : self.call(words[2])
            let blockade = Blockade(
                resource: "place \(place)", mode: .exclusive,
                holder: holder.map { OtherHolder(process: 1, call: $0, tool: "tool", since: 0, isWaiting: false) })
            return change { $0.blocked(call, by: blockade, at: UInt64(place), since: $1, now: $1) }
        case "finish":
            let call = try call(words.first)
            return change { $0.finished(call, now: $1) }
        case "cancel":
            let call = try call(words.first)
            return change { $0.cancel(call, why: "the user stopped it", now: $1) }
        case "release":
            let call = try call(words.first)
            let claim: Int = try number(words.last)
            return change { $0.release(claim, of: call, now: $1) }
        case "time":
            now = try time(word(words, 0))
            return change { $0.tick(now: $1) }
        case "register":
            let call = try call(words.first)
            let thing = try thing(words.last)
            return change { $0.reservationsChanged({ $0.enroll(thing, label: thing.name, of: call) }, now: $1).actions }
        case "unregister":
            let thing = try thing(words.last)
            return change { $0.reservationsChanged({ $0.unenroll(thing) }, now: $1).actions }
        case "nest":
            let parent = try call(words.first)
            outer = planNow
            plan = Plan(limits: limits, within: TableCoverage(table: planNow.table, call: parent))
        case "unnest":
            plan = outer
            outer = nil
        default: return try ask(command, words)
        }
        return []
    }

    private mutating func ask(_ command: String, _ words: [String]) throws -> [String] {
        switch command {
        case "obstacles":
            let call = try call(words.first)
            return planNow.obstacles(of: call).map { "\(name($0.call)) has \($0.resource) (\($0.mode))" }
        case "covers":
            let call = try call(words.first)
            let key = Key.model(MemoryFileSystem.Path(bytes: Array(try word(words, 3).utf8)))
            guard let facet = Facet.allCases.first(where: { "\($0)" == words[2] }),
                let mode = LockMode.allCases.first(where: { "\($0)" == words[1] })
            else { throw Script.Failure(description: "what is \(words)?") }
            return [planNow.table.covers(Lock(key, facet, mode), of: call) ? "yes" : "no"]
        case "name":
            let call = try call(words.first)
            return [planNow.reservations.name(of: try number(words.last), of: call) ?? "none"]
        case "state":
            let waiting = names.keys.sorted().filter { planNow.isWaiting($0) }.map { name($0) }
            let list = waiting.isEmpty ? "nobody" : waiting.joined(separator: " ")
            return ["\(planNow.table.count) in the table; \(list) waiting"]
        default: throw Script.Failure(description: "there is no command \(command)")
        }
    }

    private mutating func enter(_ name: String, _ words: [String]) throws -> [String] {
        let call = CallNumber(UInt64(names.count + 1))
        names[call] = name
        var submission = Plan.Submission(call: call, tool: "tool", plugin: "plugin", demands: [])
        var isLate = false
        var rest: [String] = []
        for word in words {
            let parts = word.split(separator: "=").map(String.init)
            switch (parts.first, parts.last) {
            case ("tool", let tool?): submission.tool = tool
            case ("time", let time?): submission.time = UInt64(time).map { $0 * Self.second }
            case ("late", _): isLate = true
            case ("killable", _): submission.canBeKilled = true
            default: rest.append(word)
            }
        }
        submission.demands = try ScriptDemands(rest).demands
        demands[call] = submission.demands
        let epoch = isLate ? planNow.epoch &- 1 : planNow.epoch
        let look = Plan.Look(walks: walks(submission.demands), epoch: epoch)
        let final = submission
        return change { $0.submit(final, look, now: $1) }
    }

    private func walks(_ demands: [Demand]) -> [PathWalk] {
        demands.pathsToWalk.map {
            let path = MemoryFileSystem.Path(bytes: $0.path ?? [])
            return PathWalk(system.walk(path, followingLast: $0.followsLast), in: system)
        }
    }

    private var planNow: Plan { plan ?? Plan(limits: limits, pools: pools, locksProcesses: hasOthers) }

    private mutating func change(_ event: (inout Plan, UInt64) -> [Plan.Action]) -> [String] {
        var plan = planNow
        let actions = event(&plan, now)
        self.plan = plan
        return actions.compactMap(describe)
    }

    private func describe(_ action: Plan.Action) -> String? {
        switch action {
        case .look(let call): return "\(name(call)) is to look again"
        case .lock(let call, _, let queues): return "\(name(call)) is to be locked\(queues ? ", queueing" : "")"
        case .start(let grant): return "\(name(grant.call)) starts"
        case .settle(let call, let outcome): return "\(name(call)) is \(outcome.kind): \(outcome.message)"
        case .signal(let call): return "\(name(call)) is asked to stop"
        case .kill(let call): return "\(name(call)) is killed"
        case .abandon(let call, let outcome): return "\(name(call)) is given up, \(outcome.kind)"
        case .note(let call, .blocked(let blockade)): return "\(name(call)) is blocked (\(blockade.resource))"
        case .note(let call, .ingested(let others)), .note(let call, .narrowed(let others)):
            if others.isEmpty { return nil }
            let list = others.map { "\(name($0.call)) (\($0.resource))" }.joined(separator: ", ")
            return "\(name(call)) waits for \(list)"
        case .note: return nil
        }
    }

    /// The file system as others leave it.
    private mutating func change(_ command: String, _ words: [String]) throws -> [String] {
        let path = MemoryFileSystem.Path(bytes: Array(try word(words, 0).utf8))
        let other = MemoryFileSystem.Path(bytes: Array((words.count > 1 ? words[1] : "").utf8))
        let operation: ModelCall.Operation =
            switch command {
            case "dir": .makeDirectory(path)
            case "file": .write(path)
            case "symlink": .symlink(path, to: other)
            case "hardlink": .hardLink(path, to: other)
            case "remove": .remove(path)
            default: .removeTree(path)
            }
        let call = ModelCall(operation: operation, text: "", givesUp: false)
        guard ModelRun.complete(call, in: &system) == .done else {
            throw Script.Failure(description: "\(command) \(words) cannot be done")
        }
        return []
    }

    private func name(_ call: CallNumber) -> String { names[call] ?? "\(call)" }

    private func call(_ name: String?) throws -> CallNumber {
        guard let call = names.first(where: { $0.value == name })?.key else {
            throw Script.Failure(description: "there is no call \(name ?? "without a name")")
        }
        return call
    }

    private func word(_ words: [String], _ index: Int) throws -> String {
        guard index < words.count else { throw Script.Failure(description: "\(words) lacks a word") }
        return words[index]
    }

    private func number(_ word: String?) throws -> Int {
        guard let number = word.flatMap({ Int($0) }) else {
            throw Script.Failure(description: "\(word ?? "nothing") is not a number")
        }
        return number
    }

    /// "5" is seconds, "5ms" milliseconds.
    private func time(_ word: String) throws -> UInt64 {
        guard word.hasSuffix("ms") else { return try UInt64(number(word)) * Self.second }
        return try UInt64(number(String(word.dropLast(2)))) * (Self.second / 1000)
    }

    private func thing(_ name: String?) throws -> Reservations.Thing {
        Reservations.Thing(kind: "thing", name: name ?? "")
    }
}

/// What a parent's grant covers, as long as nothing is released.
private struct TableCoverage: LockCoverage {
    var table: LockTable
    var call: CallNumber

    func covers(_ lock: Lock) -> Bool { table.covers(lock, of: call) }
}

/// `write src/a , units agents 2`: what a call asks for, its demands separated by commas.
private struct ScriptDemands {
    var demands: [Demand] = []

    init(_ words: [String]) throws {
        for (claim, part) in words.split(separator: ",").enumerated() {
            let isReleasable = part.last == "releasable"
            let resources = try Self.resources(Array(isReleasable ? part.dropLast() : part))
            demands += resources.map { Demand($0, claim: claim, isReleasable: isReleasable) }
        }
    }

    private static func resources(_ words: [String]) throws -> [Demand.Resource] {
        let path = MemoryFileSystem.Path(bytes: Array((words.count > 1 ? words[1] : "").utf8))
        let other = MemoryFileSystem.Path(bytes: Array((words.count > 2 ? words[2] : "").utf8))
        func of(_ operation: ModelCall.Operation) -> [Demand.Resource] {
            ModelCall(operation: operation, text: "", givesUp: false).demands.map(\.resource)
        }
        switch words.first {
        case "read": return of(.read(path))
        case "list": return of(.list(path))
        case "search": return of(.search(path))
        case "write": return of(.write(path))
        case "edit": return of(.edit(path))
        case "remove": return of(.remove(path))
        case "rmtree": return of(.removeTree(path))
        case "mkdir": return of(.makeDirectory(path))
        case "symlink": return of(.symlink(path, to: other))
        case "hardlink": return of(.hardLink(path, to: other))
        case "move": return of(.rename(path, to: other))
        case "format": return of(.format(path))
        case "everything": return of(.undeclared(.read([])))
        case "key" where words.count == 3:
            return [.key(kind: words[1], words[2] == "*" ? nil : words[2], .exclusive)]
        case "units" where words.count == 3:
            return [.units(pool: words[1], Int(words[2]) ?? 0, capacity: 0)]
        case "name" where words.count == 3: return [.name(kind: words[1], wish: words[2])]
        default: throw Script.Failure(description: "what is \(words)?")
        }
    }
}
