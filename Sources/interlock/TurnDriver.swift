import CLinux
import Calls
import Glibc
import Interlock
import Messages
import StrictJSON
import System
import Timeline

/// Runs one turn for the command: feeds the calls in, watches, answers Ctrl-C, and hands every outcome on in the turn's
/// order.
///
///     input thread ──calls──┐
///     host's threads ─events─┼─→ one stream ─→ one loop: events, status line, answers
///     signal thread ─────────┘
///
/// Everything is written by that loop, so that no two writers meet.
final class TurnDriver: Sendable {
    /// Where the calls come from.
    enum Source: Sendable {
        case calls([Call])
        /// JSON Lines: what was read already, and what comes.
        case lines([UInt8], Input)
    }

    struct Options: Sendable {
        /// Called with each event, in the loop.
        var onEvent: (@Sendable (Event, Call) throws -> Void)?
        /// Called with each answer in the turn's order, as soon as it is known. The line is that of JSON Lines.
        var onAnswer: (@Sendable (CallLine?, Outcome) throws -> Void)?
        var recordsTimeline = false
        var isVerbose = false

        /// Whether anybody is there for the events: of a long turn they are a tenth of the work.
        fileprivate var watches: Bool {
            onEvent != nil || recordsTimeline || isVerbose || Standard.errorIsTerminal
        }
    }

    struct Result: Sendable {
        var calls: [Call] = []
        var outcomes: [Outcome] = []
        var timeline = Timeline()
        /// The signal that cancelled the turn.
        var interruptedBy: Int32?
    }

    private enum Happening: Sendable {
        case call(Call, CallLine?)
        case event(Event)
        /// The newest of a call's, by its place.
        case progress(Int)
        case answer(Outcome)
        case inputFailed(any Error)
        case interrupted(Int32)
        case finished
    }

    private let turn: RunningTurn
    private let options: Options
    private let happenings: AsyncStream<Happening>
    private let tell: AsyncStream<Happening>.Continuation
    private let places: AsyncStream<Int>
    private let addPlace: AsyncStream<Int>.Continuation
    /// Of calls that make progress faster than it is written, by their places.
    private let newest = Guarded([Int: Event]())
    /// Open while calls may come in. Closed under the lock, so that no call slips in unanswered.
    private let gate = Guarded(true)

    init(_ host: Host, _ options: Options) {
        self.options = options
        let (happenings, tell) = AsyncStream.makeStream(of: Happening.self)
        (self.happenings, self.tell) = (happenings, tell)
        (places, addPlace) = AsyncStream.makeStream(of: Int.self)
        let newest = newest
        let watch: @Sendable (Event) -> Void = { event in
            if case .progress = event.kind {
                let isTold = newest.withLock { $0.updateValue(event, forKey: event.place) != nil }
                if !isTold { tell.yield(.progress(event.place)) }
            } else {
                tell.yield(.event(event))
            }
        }
        turn = host.begin(observing: options.watches ? watch : nil)
    }

    func run(_ source: Source) async throws -> Result {
        try watchInterrupts()
        try start { self.feed(source) }
        let answering = Task { [self] in
            for await place in places { tell.yield(.answer(await turn.outcome(of: place))) }
            tell.yield(.finished)
        }
        defer { answering.cancel() }
        return try await loop()
    }

    /// Nothing runs yet: the turn can still be refused.
    private func start(_ body: @escaping @Sendable () -> Void) throws {
        do throws(SystemError) {
            try makeThread(body)
        } catch {
            throw CommandFailure("no thread can be had for the turn: \(error)", help: HostFailure.threadsHelp)
        }
    }

    // MARK: - The input

    private func feed(_ source: Source) {
        defer { closeInput() }
        switch source {
        case .calls(let calls): for call in calls where !enter(call, nil) { return }
        case .lines(let read, let input):
            var reader = JSONLinesReader()
            var chunk: [UInt8]? = read
            do {
                while let bytes = chunk {
                    for line in reader.feed(bytes) where !enter(CallLine(line)) { return }
                    chunk = try input.next()
                }
                if let line = reader.finish() { _ = enter(CallLine(line)) }
            } catch {
                tell.yield(.inputFailed(error))
            }
        }
    }

    private func enter(_ line: CallLine) -> Bool { enter(line.call, line) }

    /// False when no more calls are taken.
    private func enter(_ call: Call, _ line: CallLine?) -> Bool {
        gate.withLock { isOpen in
            guard isOpen else { return false }
            // Before its events.
            tell.yield(.call(call, line))
            addPlace.yield(turn.ingest(call))
            return true
        }
    }

    private func closeInput() {
        gate.withLock { $0 = false }
        addPlace.finish()
    }

    // MARK: - Interrupts

    private func watchInterrupts() throws {
        let descriptor = il_interrupts_open()
        guard descriptor >= 0 else {
            throw CommandFailure("no pipe can be made for signals", help: "close some of the process's files")
        }
        try start { [self] in
            var byte = [UInt8](repeating: 0, count: 1)
            var isSecond = false
            while true {
                let count = read(descriptor, &byte, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                // Both here and not in the loop, which may have much to write, or write to somebody who does not read.
                if isSecond { _exit(128 + Int32(byte[0])) }
                isSecond = true
                tell.yield(.interrupted(Int32(byte[0])))
                stop()
            }
        }
    }

    private func stop() {
        closeInput()
        turn.cancel()
    }

    // MARK: - The loop

    private func loop() async throws -> Result {
        var result = Result()
        var lines: [CallLine?] = []
        var progress = TurnProgress()
        var failure: (any Error)?
        // After a failure the turn is still brought to its end: nothing may run when the process leaves.
        func attempt(_ body: () throws -> Void) {
            guard failure == nil else { return }
            do {
                try body()
            } catch {
                failure = error
                stop()
            }
        }
        func take(_ event: Event) {
            let call = result.calls[event.place]
            if options.recordsTimeline { result.timeline.record(event, of: call) }
            if progress.record(event) { Standard.status(progress.line(width: Standard.width - 1)) }
            if options.isVerbose { say(event, call) }
            attempt { try options.onEvent?(event, call) }
        }
        for await happening in happenings {
            switch happening {
            case .call(let call, let line):
                result.calls.append(call)
                lines.append(line)
            case .event(let event): take(event)
            case .progress(let place):
                if let event = newest.withLock({ $0.removeValue(forKey: place) }) { take(event) }
            case .answer(let outcome):
                result.outcomes.append(outcome)
                attempt { try options.onAnswer?(lines[result.outcomes.count - 1], outcome) }
            case .inputFailed(let error): attempt { throw error }
            case .interrupted(let signal):
                result.interruptedBy = signal
                Standard.note("cancelling; once more leaves at once")
            case .finished:
                Standard.status("")
                if let failure { throw failure }
                return result
            }
        }
        return result
    }

    private func say(_ event: Event, _ call: Call) {
        let head = "\(event.place + 1) \(call.tool)"
        switch event.kind {
        case .ingested(let obstacles) where !obstacles.isEmpty:
            Standard.note(
                "\(head): waits for \(obstacles.map { "\($0.call) on \($0.resource)" }.joined(separator: ", "))")
        case .blocked(let blockade):
            let holder = blockade.holder.map {
                "\($0), since \(DurationText.text(nanoseconds: $0.duration(now: event.time)))"
            }
            Standard.note("\(head): waits for \(holder ?? "another process") on \(blockade.resource)")
        case .started: Standard.note("\(head): started")
        case .ended(let outcome, _): Standard.note("\(head): \(outcome.kind.rawValue)")
        default: break
        }
    }
}
