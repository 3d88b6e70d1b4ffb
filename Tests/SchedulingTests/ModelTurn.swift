import Calls
import Guards
import TestSupport

@testable import Scheduling

/// A start, the calls of a turn, and a random schedule of everything that can happen until all have ended.
struct ModelTurn {
    /// Where a call has got to.
    private enum State {
        case toCome, waiting
        case running(ModelRun)
        /// It has done its work, but its end has not been told yet.
        case worked(ModelCall.Result)
        case ended(ModelCall.Result)
        case settled(Outcome)
    }

    private enum Move {
        case arrive(Int), look(Int), work(Int), end(Int), cancel(Int)
    }

    struct Statistics {
        var starts = 0
        var overlapping = 0
        var looks = 0
        var cancelled = 0
    }

    private let calls: [ModelCall]
    private let start: MemoryFileSystem
    private let mayCancel: Bool
    private var system: MemoryFileSystem
    private let guards: RaceGuards
    private var plan: Plan
    private var generator: SeededGenerator
    private var states: [State]
    private var looking: [Int: ModelLook] = [:]
    private var next = 0
    private(set) var statistics = Statistics()

    init(
        _ calls: [ModelCall], on system: MemoryFileSystem, mayCancel: Bool, _ generator: SeededGenerator,
        guards: RaceGuards = .all
    ) {
        self.calls = calls
        self.start = system
        self.system = system
        self.guards = guards
        plan = Plan(limits: Limits(), guards: guards)
        self.mayCancel = mayCancel
        self.generator = generator
        states = calls.map { _ in .toCome }
    }

    /// How the turn differs from the serial run; nil = not at all.
    mutating func divergence() -> String? {
        while true {
            let moves = moves
            if moves.isEmpty { break }
            make(generator.pick(moves))
            if guards == .all, let complaint { return describe(complaint) }
        }
        return comparison().map(describe)
    }

    /// What is left over when every call has ended, or is wrong before; nil = nothing.
    private var complaint: String? {
        if let broken = plan.table.checkInvariants() { return broken }
        if plan.isEmpty, plan.table.count > 0 || !plan.watchers.isEmpty { return "an empty plan has \(plan)" }
        return nil
    }

    // MARK: - The schedule

    private var moves: [Move] {
        var moves: [Move] = []
        if next < calls.count { moves.append(.arrive(next)) }
        for call in looking.keys.sorted() where call != next { moves.append(.look(call)) }
        for (call, state) in states.enumerated() {
            switch state {
            case .running: moves.append(.work(call))
            case .worked: moves.append(.end(call))
            case .waiting where mayCancel: moves.append(.cancel(call))
            case .waiting, .toCome, .ended, .settled: break
            }
        }
        // With nothing else to do, a cancel would hide that a call is stuck.
        let isStuck = moves.allSatisfy { if case .cancel = $0 { true } else { false } }
        return isStuck ? [] : moves
    }

    private mutating func make(_ move: Move) {
        switch move {
        case .arrive(let call):
            guard let look = advanceLook(of: call) else { return }
            next += 1
            states[call] = .waiting
            let submission = Plan.Submission(
                call: number(call), tool: "tool", plugin: "plugin", demands: calls[call].demands)
            perform(plan.submit(submission, look, now: 0))
        case .look(let call):
            guard let look = advanceLook(of: call) else { return }
            perform(plan.looked(number(call), look, now: 0))
        case .work(let call):
            guard case .running(var run) = states[call] else { return }
            let step = run.step(in: &system)
            states[call] = .running(run)
            switch step {
            case .more(let claim?): perform(plan.release(claim, of: number(call), now: 0))
            case .more(nil): break
            case .end(let result): states[call] = .worked(result)
            }
        case .end(let call):
            guard case .worked(let result) = states[call] else { return }
            states[call] = .ended(result)
            perform(plan.finished(number(call), now: 0))
        case .cancel(let call):
            guard generator.once(in: 6) else { return }
            statistics.cancelled += 1
            perform(plan.cancel(number(call), why: "nobody wants it", now: 0))
        }
    }

    /// Begins a look, goes on with it, or is done with it.
    private mutating func advanceLook(of call: Int) -> Plan.Look? {
        var look = looking[call] ?? ModelLook(calls[call], epoch: plan.epoch)
        // Most looks are quick.
        var steps = generator.once(in: 3) ? 1 : Int.max
        while steps > 0, look.step(in: system) { steps -= 1 }
        looking[call] = look
        guard steps > 0, !generator.once(in: 3) else { return nil }
        looking[call] = nil
        statistics.looks += 1
        return Plan.Look(walks: look.walks, epoch: look.epoch)
    }

    private mutating func perform(_ actions: [Plan.Action]) {
        for action in actions {
            switch action {
            case .look(let call): looking[index(call)] = ModelLook(calls[index(call)], epoch: plan.epoch)
            case .start(let grant):
                let call = index(grant.call)
                states[call] = .running(ModelRun(calls[call]))
                statistics.starts += 1
                statistics.overlapping += isAnotherRunning(than: call) ? 1 : 0
            case .settle(let call, let outcome):
                states[index(call)] = .settled(outcome)
                looking[index(call)] = nil
            case .signal, .kill, .abandon, .note, .lock: break
            }
        }
    }

    private func isAnotherRunning(than call: Int) -> Bool {
        states.indices.contains {
            if case .running = states[$0] { $0 != call } else { false }
        }
    }

    private func number(_ call: Int) -> CallNumber { CallNumber(UInt64(call + 1)) }
    private func index(_ call: CallNumber) -> Int { Int(call.rawValue) - 1 }

    // MARK: - The comparison

    private func comparison() -> String? {
        var serial = start
        for (index, state) in states.enumerated() {
            if case .settled(let outcome) = state, outcome.kind == .cancelled { continue }
            let expected = ModelRun.complete(calls[index], in: &serial)
            switch state {
            case .ended(let result):
                if result != expected { return "call \(index) gave \(result), and serially \(expected)" }
            case .settled(let outcome):
                // Only a loop may be refused, and its tool would have found it too.
                guard expected == .error, outcome.message.contains("symbolic links") else {
                    return "call \(index) is \(outcome), and serially \(expected)"
                }
            case .toCome, .waiting, .running, .worked: return "call \(index) is stuck"
            }
        }
        return system.shape == serial.shape ? nil : "ends as \(system.shape), and serially \(serial.shape)"
    }

    private func describe(_ divergence: String) -> String {
        "\(divergence)\n  start: \(start.shape)\n  turn: \(calls.map { "\($0)" }.joined(separator: "\n        "))"
    }
}
