import CWorker
import Calls
import System

// The processes of calls: asked for, taken, and how they ended.

extension Worker {
    /// Asks for one more process that is ready for a call.
    private func prepare() throws(SystemError) {
        let (socket, itsSocket) = try Connection.pair()
        let (cancelling, itsCancelling) = try Connection.pair()
        let ends = CallProcess.Ends(socket: socket, cancelling: cancelling)
        let ticket = state.updateAndWakeAll { state in
            state.lastTicket += 1
            if !runsInThreads {
                state.expected[state.lastTicket] = ends
                state.births += 1
            }
            return state.lastTicket
        }
        var frame = FrameWriter(Int(IW_PREPARE))
        frame.put(ticket)
        frame.put(containsCalls)
        do {
            try order(frame.bytes, with: [itsSocket, itsCancelling])
        } catch {
            state.updateAndWakeAll { $0.isNotBorn(ticket) }
            throw error
        }
        // There is nothing to wait for: the process is there.
        guard runsInThreads, let zygote = state.read({ $0.zygote }) else { return }
        let process = CallProcess(ticket: ticket, ends, zygote, directory: scratch.path)
        state.updateAndWakeAll { state in
            guard state.over == nil else { return }
            state.ready.append(process)
            state.alive[ticket] = process
        }
    }

    /// Whether a thread that belongs to no running call may make a process, which then counts: the zygote's own, if it was asked
    /// for one. Not what comes from the zygote: else a call's process could have a child that outlives the call.
    func takeBirth(by thread: Int32) -> Bool {
        guard let zygote = state.read({ $0.zygote })?.number, AttemptListener.process(of: thread) == zygote
        else { return false }
        return state.change { state in
            guard state.births > 0 else { return false }
            state.births -= 1
            return true
        }
    }

    /// Whether it is a process as it was asked for. One that may leave others behind must take them along when it ends.
    func isAsAsked(_ process: CallProcess) -> Bool {
        !containsCalls || process.number.map(AttemptListener.isFirst) ?? false
    }

    /// Sees to it that so many processes are ready, or will be, besides those that somebody waits for.
    func replenish(_ wanted: Int) {
        let missing = state.change { state in
            let coming = state.ready.count + state.expected.count + state.asked
            let missing = state.over == nil ? max(0, wanted + state.takers.count - coming) : 0
            state.asked += missing
            return missing
        }
        for _ in 0..<missing {
            do {
                try prepare()
            } catch {
                log(.warning, "no process can be made ready: \(error)")
            }
            state.updateAndWakeAll { $0.asked -= 1 }
        }
    }

    enum Taken {
        case process(CallProcess)
        /// There is none to be had, or the call does not want one any more.
        case none
        /// The zygote was asked for one, and has made none.
        case late
    }

    /// A process that is ready, for a call.
    ///
    /// - Parameter isGivenUp: Whether the call was killed before ``giveUp(_:)`` could know that it waits.
    func take(for call: CallNumber, unless isGivenUp: () -> Bool) -> Taken {
        let process = state.change { state -> CallProcess? in
            if !state.ready.isEmpty { return state.ready.removeFirst() }
            state.takers.insert(call)
            return nil
        }
        if let process { return .process(process) }
        if isGivenUp() { giveUp(call) }
        replenish(0)
        let until = deadline()
        return state.wait { state in
            let isWanted = state.takers.contains(call)
            let isHopeless = state.over != nil || state.expected.isEmpty && state.asked == 0
            let isLate = monotonicNow() >= until
            if isWanted, state.ready.isEmpty, !isHopeless, !isLate { return .wait(until: until) }
            state.takers.remove(call)
            guard isWanted, !state.ready.isEmpty else { return .done(isWanted && !isHopeless ? .late : .none) }
            return .done(.process(state.ready.removeFirst()))
        }
    }

    /// The call waits for no process any more. Does not block.
    func giveUp(_ call: CallNumber) {
        state.updateAndWakeAll { $0.takers.remove(call) }
    }

    // MARK: - Their ends

    /// How the process of a call ended, which is gone, once it is reaped.
    func end(of process: CallProcess) -> ProcessEnd {
        endTold { state in
            if let end = state.ends.removeValue(forKey: process.ticket) { return end }
            return state.isGone || state.alive[process.ticket] == nil ? .unknown : nil
        }
    }

    /// How the zygote ended, which is gone, once it is reaped.
    func endOfZygote() -> ProcessEnd {
        endTold { $0.zygoteEnd ?? ($0.isGone ? .unknown : nil) }
    }

    /// A guardian that does not tell of an end is of no use any more.
    private func endTold(_ end: (inout State) -> ProcessEnd?) -> ProcessEnd {
        if let told = state.wait(until: deadline(), for: end) { return told }
        self.end(because: "it did not tell how a process ended")
        return .unknown
    }

    /// Nobody will ask how it ended.
    func forget(_ process: CallProcess) {
        state.change { state in
            state.ends[process.ticket] = nil
            if state.alive[process.ticket] != nil { state.forgotten.insert(process.ticket) }
        }
    }
}
