import Calls
import Guards
import Locking
import TestSupport

@testable import ProcessLocks
@testable import Scheduling

/// Two hosts on one file system, each with a turn, under a random schedule of everything that can happen. What keeps them
/// apart are the ranges that their calls' locks come down to; a model of the kernel compares every pair.
///
/// All of a call's ranges are held as long as it runs. So the outcome must be that of the calls one after another, in the
/// order in which they started.
struct ModelHosts {
    private enum State {
        case toCome, waiting
        case running(ModelRun)
        case worked(ModelCall.Result)
        case ended(ModelCall.Result)
        case settled(Outcome)
    }

    private struct Member {
        var call: ModelCall
        var state = State.toCome
        /// A look under way.
        var looking: ModelLook?
        /// The plan wants these locked.
        var wanted: [Lock]?
        /// They are held; whether the paths are still the same is to be seen.
        var isHeld = false
        var holds = RegionHolds([], at: Places())
        /// Where the paths were after the locking.
        var places = Places()
        var ownByte: UInt32
    }

    private struct Host {
        var plan: Plan
        var members: [Member]
        var places = Places(of: [], in: MemoryFileSystem())
        var settled: Set<Places.Directory> = []
        var next = 0
        var now: UInt64 = 0
    }

    private enum Move {
        case arrive(Int), look(Int, Int), lock(Int, Int), check(Int, Int), work(Int, Int), end(Int, Int)
        case wait(Int), cancel(Int, Int)
    }

    struct Statistics {
        var starts = 0
        var blocked = 0
        /// Locked, and the paths had changed.
        var changed = 0
        var cancelled = 0
    }

    private let start: MemoryFileSystem
    private let guards: RaceGuards
    private let mayCancel: Bool
    private var system: MemoryFileSystem
    private var hosts: [Host]
    private var generator: SeededGenerator
    private var order: [(host: Int, call: Int)] = []
    private var complaint: String?
    private(set) var statistics = Statistics()

    init(
        _ turns: [[ModelCall]], on system: MemoryFileSystem, mayCancel: Bool, _ generator: SeededGenerator,
        guards: RaceGuards = .all
    ) {
        start = system
        self.system = system
        self.guards = guards
        self.mayCancel = mayCancel
        self.generator = generator
        hosts = turns.enumerated().map { host, calls in
            Host(
                plan: Plan(limits: Limits(jobs: 3, wait: .max), locksProcesses: true, guards: guards),
                members: calls.enumerated().map { Member(call: $1, ownByte: UInt32(1 + host * 100 + $0)) })
        }
    }

    /// How the hosts' work differs from the serial run; nil = not at all.
    mutating func divergence() -> String? {
        var steps = 0
        while complaint == nil {
            let moves = moves
            if moves.isEmpty { break }
            make(generator.pick(moves))
            steps += 1
            if steps > 20_000 { return describe("does not come to an end") }
        }
        return (complaint ?? comparison()).map(describe)
    }

    // MARK: - The schedule

    private var moves: [Move] {
        var moves: [Move] = []
        for (host, state) in hosts.enumerated() {
            if state.next < state.members.count { moves.append(.arrive(host)) }
            for (call, member) in state.members.enumerated() {
                if member.looking != nil, call != state.next { moves.append(.look(host, call)) }
                if member.wanted != nil { moves.append(member.isHeld ? .check(host, call) : .lock(host, call)) }
                switch member.state {
                case .running: moves.append(.work(host, call))
                case .worked: moves.append(.end(host, call))
                case .waiting where mayCancel && generator.state(isOnceIn: 8): moves.append(.cancel(host, call))
                case .waiting, .toCome, .ended, .settled: break
                }
            }
            if !state.plan.isIdleButForTime { moves.append(.wait(host)) }
        }
        return moves
    }

    private mutating func make(_ move: Move) {
        switch move {
        case .arrive(let host):
            let call = hosts[host].next
            guard let look = advanceLook(host, call) else { return }
            hosts[host].next += 1
            hosts[host].members[call].state = .waiting
            let submission = Plan.Submission(
                call: number(call), tool: "tool", plugin: "plugin", demands: hosts[host].members[call].call.demands)
            tell(host) { $0.submit(submission, look, now: $1) }
        case .look(let host, let call):
            guard let look = advanceLook(host, call) else { return }
            tell(host) { $0.looked(Self.number(call), look, now: $1) }
        case .lock(let host, let call): lock(host, call)
        case .check(let host, let call): check(host, call)
        case .work(let host, let call): work(host, call)
        case .end(let host, let call):
            guard case .worked(let result) = hosts[host].members[call].state else { return }
            hosts[host].members[call].state = .ended(result)
            hosts[host].members[call].isHeld = false
            tell(host) { $0.finished(Self.number(call), now: $1) }
        case .wait(let host):
            hosts[host].now += Blockades.longestDelay
            tell(host) { $0.tick(now: $1) }
        case .cancel(let host, let call):
            statistics.cancelled += 1
            tell(host) { $0.cancel(Self.number(call), why: "nobody wants it", now: $1) }
        }
    }

    private mutating func work(_ host: Int, _ call: Int) {
        guard case .running(var run) = hosts[host].members[call].state else { return }
        let step = run.step(in: &system)
        hosts[host].members[call].state = .running(run)
        switch step {
        case .more(let claim?):
            tell(host) { $0.release(claim, of: Self.number(call), now: $1) }
            let locks = hosts[host].plan.table.locks(of: number(call))
            let member = hosts[host].members[call]
            hosts[host].members[call].holds = member.holds.common(with: holds(locks, host, at: member.places))
        case .more(nil): break
        case .end(let result): hosts[host].members[call].state = .worked(result)
        }
    }

    /// Begins a look, goes on with it, or is done with it.
    private mutating func advanceLook(_ host: Int, _ call: Int) -> Plan.Look? {
        let member = hosts[host].members[call]
        var look = member.looking ?? ModelLook(member.call, epoch: hosts[host].plan.epoch)
        var steps = generator.once(in: 3) ? 1 : Int.max
        while steps > 0, look.step(in: system) { steps -= 1 }
        hosts[host].members[call].looking = look
        guard steps > 0, !generator.once(in: 3) else { return nil }
        hosts[host].members[call].looking = nil
        return Plan.Look(walks: look.walks, epoch: look.epoch)
    }

    private mutating func tell(_ host: Int, _ event: (inout Plan, UInt64) -> [Plan.Action]) {
        for action in event(&hosts[host].plan, hosts[host].now) {
            switch action {
            case .look(let call):
                let call = Self.index(call)
                hosts[host].members[call].looking = ModelLook(
                    hosts[host].members[call].call, epoch: hosts[host].plan.epoch)
            case .lock(let call, let locks, _):
                hosts[host].members[Self.index(call)].wanted = locks
                hosts[host].members[Self.index(call)].isHeld = false
            case .start(let grant):
                let call = Self.index(grant.call)
                hosts[host].members[call].state = .running(ModelRun(hosts[host].members[call].call))
                order.append((host, call))
                statistics.starts += 1
            case .settle(let call, let outcome):
                let call = Self.index(call)
                hosts[host].members[call].state = .settled(outcome)
                hosts[host].members[call].looking = nil
                hosts[host].members[call].wanted = nil
                hosts[host].members[call].isHeld = false
            case .note(_, .blocked): statistics.blocked += 1
            case .signal, .kill, .abandon, .note: break
            }
        }
        if let broken = hosts[host].plan.table.checkInvariants() { complaint = broken }
    }
}

// MARK: - Locks between the hosts

extension ModelHosts {
    private func holds(_ locks: [Lock], _ host: Int, at places: Places) -> RegionHolds {
        RegionHolds(locks, at: places, settled: hosts[host].settled, guards: guards)
    }

    private mutating func lock(_ host: Int, _ call: Int) {
        guard let locks = hosts[host].members[call].wanted else { return }
        let mine = holds(locks, host, at: hosts[host].places)
        if let other = inTheWay(of: mine, host, call) {
            hosts[host].members[call].wanted = nil
            let blockade = Blockade(resource: "", mode: .shared, holder: nil)
            tell(host) { $0.blocked(Self.number(call), by: blockade, at: other, since: $1, now: $1) }
        } else {
            hosts[host].members[call].isHeld = true
            hosts[host].members[call].holds = mine
        }
    }

    private func inTheWay(of mine: RegionHolds, _ host: Int, _ call: Int) -> UInt64? {
        let ranges = mine.ranges(ownByte: hosts[host].members[call].ownByte)
        for (otherHost, state) in hosts.enumerated() {
            for (otherCall, member) in state.members.enumerated() where member.isHeld {
                if otherHost == host, otherCall == call { continue }
                for theirs in member.holds.ranges(ownByte: member.ownByte) {
                    let excludes = ranges.contains {
                        ($0.mode == .exclusive || theirs.mode == .exclusive) && $0.range.start < theirs.range.end
                            && theirs.range.start < $0.range.end
                    }
                    if excludes { return theirs.range.start }
                }
            }
        }
        return nil
    }

    private mutating func check(_ host: Int, _ call: Int) {
        guard let locks = hosts[host].members[call].wanted else { return }
        let member = hosts[host].members[call]
        var looking = ModelLook(member.call, epoch: hosts[host].plan.epoch)
        while looking.step(in: system) {}
        let look = Plan.Look(walks: looking.walks, epoch: looking.epoch)
        let places = Places(of: look.walks, in: system)
        guard member.holds.covers(holds(locks, host, at: places)) else {
            // Directories that were not known, or are other ones: again.
            hosts[host].places.learn(places, on: locks.map(\.key).filter(\.isPath))
            hosts[host].members[call].isHeld = false
            statistics.changed += 1
            return
        }
        hosts[host].settled.formUnion(member.holds.passed)
        hosts[host].members[call].wanted = nil
        hosts[host].members[call].places = places
        tell(host) { $0.locked(Self.number(call), look, now: $1) }
        if case .running = hosts[host].members[call].state { return }
        hosts[host].members[call].isHeld = false
    }

    private func number(_ call: Int) -> CallNumber { Self.number(call) }
    private static func number(_ call: Int) -> CallNumber { CallNumber(UInt64(call + 1)) }
    private static func index(_ call: CallNumber) -> Int { Int(call.rawValue) - 1 }
}

// MARK: - The comparison

extension ModelHosts {
    private func comparison() -> String? {
        for (host, state) in hosts.enumerated() {
            for (call, member) in state.members.enumerated() {
                switch member.state {
                case .ended, .settled: continue
                case .toCome, .waiting, .running, .worked: return "call \(call) of host \(host) is stuck"
                }
            }
            if !state.plan.isEmpty || !state.plan.blockades.isEmpty { return "host \(host) has something left" }
        }
        var serial = start
        for (host, call) in order {
            let member = hosts[host].members[call]
            let expected = ModelRun.complete(member.call, in: &serial)
            guard case .ended(let result) = member.state else { return "call \(call) of host \(host) did not end" }
            if result != expected { return "call \(call) of host \(host) gave \(result), and serially \(expected)" }
        }
        return system.shape == serial.shape ? nil : "ends as \(system.shape), and serially \(serial.shape)"
    }

    private func describe(_ divergence: String) -> String {
        let turns = hosts.enumerated().map { host, state in
            state.members.enumerated().map { "\(host).\($0): \($1.call), \($1.state)" }.joined(separator: "\n    ")
        }
        return "\(divergence)\n  start: \(start.shape)\n  order: \(order)\n    \(turns.joined(separator: "\n    "))"
    }
}

extension Plan {
    /// Nothing would come of waiting.
    fileprivate var isIdleButForTime: Bool { blockades.standings.isEmpty }
}

extension SeededGenerator {
    /// Whether a question about the present state, which must not change it, is answered yes.
    fileprivate func state(isOnceIn times: Int) -> Bool {
        var copy = self
        return copy.once(in: times)
    }
}

extension Places {
    init(of walks: [PathWalk], in system: MemoryFileSystem) {
        self.init()
        let root = Directory(device: 1, inode: UInt64(MemoryFileSystem.root), born: 1)
        let slash = Directory(device: 1, inode: .max, born: 1)
        add(root: .modelRoot, [Step(name: nil, directory: slash), Step(name: [0x77], directory: root)])
        for walk in walks {
            for key in [walk.canonical] + walk.followed { add(key, in: system) }
        }
    }

    private mutating func add(_ key: Key, in system: MemoryFileSystem) {
        var inode = MemoryFileSystem.root
        for name in key.components[Key.modelRoot.components.count...] {
            guard let child = system.directory(inode)?[String(decoding: name, as: UTF8.self)],
                system.directory(child) != nil
            else { return }
            let directory = Directory(device: 1, inode: UInt64(child), born: Int64(child) + 1)
            add(
                Step(name: name, directory: directory),
                in: Directory(device: 1, inode: UInt64(inode), born: Int64(inode) + 1))
            inode = child
        }
    }
}
