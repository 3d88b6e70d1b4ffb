import Calls
import Loading
import Locking
import System

// A call's way through a worker.

extension WorkerPlugin {
    package func invoke(
        _ grant: Grant, tool name: String, arguments: String, services: any CallServices
    ) -> Completion {
        guard let place = places[name] else {
            return Completion(.refused("the plugin \(id) has no tool \"\(name)\", or does not run"), nil)
        }
        enter(grant.call)
        defer { leave(grant.call) }
        // A process that ends while it waits for a call is no reason for the call to fail; that all do, is.
        for _ in 0..<Self.attempts {
            do throws(LoadFailure) {
                let worker = try startedWorker(for: grant.call)
                if let process = take(from: worker, for: grant.call) {
                    let completion = run(grant.call, place, arguments, services, worker, process)
                    if let completion { return completion }
                } else if isKilled(grant.call) {
                    return Completion(.killed, nil)
                }
            } catch {
                if isKilled(grant.call) { return Completion(.killed, nil) }
                return Completion(.refused("\(error.reason). \(error.help)"), nil)
            }
        }
        return Completion(.refused("no process of the plugin \(id) lived long enough to take the call"), nil)
    }

    private static let attempts = 3

    /// Nil if the process has ended before the call began.
    private func run(
        _ call: CallNumber, _ place: Int, _ arguments: String, _ services: any CallServices, _ worker: Worker,
        _ process: CallProcess
    ) -> Completion? {
        guard worker.isAsAsked(process) else {
            let isGone = process.handle.number == nil
            process.kill()
            finish(worker, process, .broken)
            return isGone ? nil : crash(CrashWords.notAsAsked, worker)
        }
        do throws(SystemError) {
            try worker.keep(services.hostsLock, for: process)
        } catch {
            giveBack(process, to: worker)
            return Completion(.refused("its locks cannot be handed to the worker's guardian: \(error)"), nil)
        }
        let desk = ServiceDesk(CheckedServices(services), log: log)
        var conversation = Conversation(process, desk)
        if services.isCancelled { process.cancel() }
        guard conversation.begin(order(place, arguments, services, process)) else {
            finish(worker, process, .broken)
            return nil
        }
        worker.replenish(wantedReady)
        let end = conversation.serve()
        let completion = completion(call, worker, process, end)
        if !hasState, case .returned = end, conversation.hasLeftovers() {
            desk.services.services.log(level: .warning, "said more after it had returned; nobody has heard it")
        }
        return completion
    }

    /// What the process is told; from now on what it attempts is the call's.
    private func order(
        _ place: Int, _ arguments: String, _ services: any CallServices, _ process: CallProcess
    ) -> CallOrder {
        let grants = options.grants.needed(by: tools[place].traits)
        process.begin(services, grants)
        return CallOrder(
            place: place, deadline: services.deadline, arguments: arguments, directory: process.directory,
            grants: grants)
    }

    package func cancel(_ call: CallNumber) {
        state.read { $0.running[call]?.process }?.cancel()
    }

    package func kill(_ call: CallNumber) {
        var process: CallProcess?
        var (worker, starting): (Worker?, Worker?)
        state.updateAndWakeAll { state in
            guard state.running[call] != nil else {
                state.doomed.insert(call)
                // Most of these have ended in the moment in which they were to be killed, and are never asked about.
                if state.doomed.count > Self.mostDoomed, let oldest = state.doomed.min() { state.doomed.remove(oldest) }
                return
            }
            state.running[call]?.isKilled = true
            process = state.running[call]?.process
            worker = state.worker
            starting = state.starting.flatMap { $0.call == call ? $0.worker : nil }
        }
        starting?.beginEnd(because: notNeeded.reason)
        guard let process else {
            worker?.giveUp(call)
            return
        }
        if hasState { worker?.state.updateAndWakeAll { $0.isKilled = true } }
        process.kill()
    }

    private static let mostDoomed = 1000

    private func enter(_ call: CallNumber) {
        state.change { state in
            state.running[call] = Running(isKilled: state.doomed.remove(call) != nil)
            state.peak = max(state.peak, state.running.count)
        }
    }

    private func leave(_ call: CallNumber) {
        state.change { $0.running[call] = nil }
    }

    func isKilled(_ call: CallNumber?) -> Bool {
        state.read { $0.isKilled(call) }
    }

    /// As many processes as ran calls at once so far are kept ready.
    private var wantedReady: Int {
        min(max(state.read { $0.peak }, 1), options.mostReady)
    }

    /// A process for a call, which from now on can be killed and cancelled. Nil if there is none to be had.
    private func take(from worker: Worker, for call: CallNumber) -> CallProcess? {
        if isKilled(call) { return nil }
        let process: CallProcess
        switch worker.take(for: call, unless: { isKilled(call) }) {
        case .process(let taken): process = taken
        case .none: return nil
        case .late:
            isLate(worker)
            return nil
        }
        state.change { $0.running[call]?.process = process }
        guard isKilled(call) else { return process }
        // It was killed before there was anything to kill.
        giveBack(process, to: worker)
        return nil
    }

    /// The call never reached it: it was told nothing. What serves other calls too goes on.
    private func giveBack(_ process: CallProcess, to worker: Worker) {
        if hasState { return leave(process, of: worker) }
        process.kill()
        finish(worker, process, .broken)
    }

    /// What ran the call goes on, for others.
    private func leave(_ process: CallProcess, of worker: Worker) {
        process.end()
        worker.letGo(process)
        worker.state.change { $0.alive[process.ticket] = nil }
    }

    private func isLate(_ worker: Worker) {
        let words = "made no process for a call that it was asked for"
        worker.beginEnd(because: words)
        if isFirst(worker) { crashed(words) }
    }

    /// One end of a worker counts once, whoever comes upon it.
    private func isFirst(_ worker: Worker) -> Bool {
        worker.state.change { state in
            defer { state.isCounted = true }
            return !state.isCounted
        }
    }

    // MARK: - The end

    private func completion(
        _ call: CallNumber, _ worker: Worker, _ process: CallProcess, _ end: Conversation.End
    ) -> Completion {
        let how = finish(worker, process, end)
        switch end {
        case .unconfined(let words):
            return Completion(.refused("the call could not be confined: \(words)"), nil)
        case .returned(let status):
            state.change { $0.record.survived() }
            return Completion(.returned(status), worker.enforcement)
        case .broken where isKilled(call): return Completion(.killed, worker.enforcement)
        case .broken: return crash(how.map(CrashWords.words) ?? CrashWords.wentOn, worker)
        case .fault(let what): return crash("broke the protocol between host and worker (\(what))", worker)
        }
    }

    private func crash(_ words: String, _ worker: Worker) -> Completion {
        // The end of a process is the end of all its calls, and that of a worker of all its processes: it counts once.
        let isKilled = hasState && worker.state.read { $0.isKilled }
        if !hasState && worker.over == nil || isFirst(worker) && !isKilled { crashed(words) }
        return Completion(.crashed(isKilled ? CrashWords.killedForAnother : words), worker.enforcement)
    }

    /// Sees to it that what ran a call is gone. Returns how it ended; nil if it did not mean to.
    @discardableResult
    private func finish(_ worker: Worker, _ process: CallProcess, _ end: Conversation.End) -> ProcessEnd? {
        switch end {
        case .returned where hasState:
            leave(process, of: worker)
            return .unknown
        case .returned, .broken, .unconfined: break
        case .fault: process.kill()
        }
        // It has nothing left to do but to end.
        let isEnding = process.handle.waitForEnd(milliseconds: Self.endMilliseconds)
        if !isEnding {
            process.kill()
            _ = process.handle.waitForEnd()
        }
        process.end()
        let how: ProcessEnd
        if hasState {
            how = worker.endOfZygote()
        } else if case .returned = end, worker.leavesNobody {
            // Elsewhere the guardian looks for those that outlive it, before it says so.
            worker.forget(process)
            how = .unknown
        } else {
            how = worker.containsCalls ? CrashWords.contained(worker.end(of: process)) : worker.end(of: process)
        }
        return isEnding ? how : nil
    }

    /// On a busy machine too, for how it ended is told to people.
    private static let endMilliseconds: Int32 = 1000
}
