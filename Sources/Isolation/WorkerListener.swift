import CWorker
import Calls
import Loading
import System

/// Hears what comes from a worker, on a thread of its own, until nothing of it is there any more.
final class WorkerListener: Sendable {
    private let worker: Worker
    private let control: Descriptor
    private let channel: Descriptor
    private let errors: Descriptor

    init(_ worker: Worker, control: Descriptor, channel: Descriptor, errors: Descriptor) {
        self.worker = worker
        self.control = control
        self.channel = channel
        self.errors = errors
    }

    func listen() {
        hear()
        cleanUp()
    }

    /// Until the guardian has closed its socket: that is the end of all.
    private func hear() {
        var sources: [(descriptor: Descriptor, hear: () throws -> Bool)] = []
        var frames = FrameAssembler(limit: Self.limit(of:))
        var attempts: Descriptor?
        sources = [
            (control, { try self.hearGuardian() }), (channel, { try self.hearFrames(&frames, &attempts) }),
            (errors, { try self.hearErrors() }),
        ]
        var isGone = false
        while !isGone, let ready = try? Descriptor.waitReadable(sources.map(\.descriptor)) {
            for place in ready.sorted().reversed() {
                do {
                    if try sources[place].hear() { continue }
                    isGone = isGone || place == 0
                    if place > 0 { sources.remove(at: place) }
                } catch {
                    worker.beginEnd(because: "\(error)")
                    if place > 0 { sources.remove(at: place) }
                }
            }
            if let listener = attempts {
                attempts = nil
                let hearing = AttemptHearing(worker, listener)
                sources.append((listener, { hearing.hear() }))
            }
        }
    }

    private func cleanUp() {
        // If somebody has killed the guardian, and there is no namespace that ends with it, nobody else ends them.
        worker.state.read { [$0.zygote] + $0.alive.values.map(\.handle) }.forEach { $0?.kill() }
        let end = worker.state.read { $0.guardian }?.reap()
        do {
            try worker.scratch.remove()
        } catch {
            worker.log(.warning, "its private directory \(worker.scratch.path) cannot be removed: \(error)")
        }
        worker.state.updateAndWakeAll { state in
            state.over = state.over ?? "its worker ended (\(end.map { "\($0)" } ?? "nobody knows how"))"
            state.isGone = true
            state.ready.removeAll()
            state.expected.removeAll()
            state.alive.removeAll()
        }
    }

    // MARK: - The guardian

    private func hearGuardian() throws -> Bool {
        let (packet, descriptor) = try control.receiveWithDescriptor(maximum: GuardianNews.size + 1)
        if packet.isEmpty { return false }
        let news = try GuardianNews(packet)
        switch news {
        case .hello(let number):
            guard let guardian = try number.map(ProcessHandle.init(child:)) else { break }
            // What was spawned has made the guardian, which is our child too, and ends.
            let spawned = worker.state.change { state in
                defer { state.guardian = guardian }
                return state.guardian
            }
            _ = spawned?.reap()
        case .zygote, .born:
            guard descriptor != nil else { throw ProtocolFault("a birth without a process") }
        case .ended, .over: break
        }
        let handle = descriptor.map(ProcessHandle.init)
        // Where calls share the zygote none is born, and none ends but with it.
        if worker.runsInThreads, news.isOfCall {
            handle?.kill()
            return true
        }
        worker.state.updateAndWakeAll { state in Self.take(news, handle, worker.scratch.path, &state) }
        return true
    }

    private static func take(
        _ news: GuardianNews, _ handle: ProcessHandle?, _ scratch: String, _ state: inout Worker.State
    ) {
        switch news {
        case .hello: break
        case .zygote: state.zygote = handle
        case .born(let ticket, let directory):
            guard let ends = state.expected.removeValue(forKey: ticket), let handle else {
                handle?.kill()  // Nobody has asked for it.
                return
            }
            state.births = min(state.births, state.expected.count)
            let directory = directory.isEmpty ? PrivateTmp.path : "\(scratch)/\(directory)"
            let process = CallProcess(ticket: ticket, ends, handle, directory: directory)
            state.alive[ticket] = process
            state.ready.append(process)
        case .ended(let ticket, let end):
            state.isNotBorn(ticket)
            state.ready.removeAll { $0.ticket == ticket }
            guard state.alive.removeValue(forKey: ticket) != nil else { return }
            if state.forgotten.remove(ticket) == nil { state.ends[ticket] = end }
        case .over(let end):
            state.zygoteEnd = end
            state.over = state.over ?? CrashWords.words(for: end)
        }
    }

    // MARK: - The zygote

    private static func limit(of kind: Int) -> Int? {
        switch kind {
        case IW_DESCRIBED: Int(IW_DESCRIPTION_MAX)
        case IW_CONFINED, IW_REFUSED, IW_STARTED, IW_LOGGED: Int(IW_TEXT_MAX)
        default: nil
        }
    }

    private func hearFrames(_ frames: inout FrameAssembler, _ attempts: inout Descriptor?) throws -> Bool {
        let isFirst = worker.state.read { $0.confinement == nil }
        let (bytes, descriptor) = try channel.receiveWithDescriptor(maximum: 64 << 10)
        if bytes.isEmpty { return false }
        // Only that of the first frame was sent by code that is to be believed.
        if isFirst { attempts = descriptor }
        frames.add(bytes)
        while let frame = try frames.next() { try take(frame) }
        return true
    }

    /// What the worker itself says, before it opens the plugin.
    private func takeConfinement(_ frame: Frame) throws(ProtocolFault) {
        guard frame.kind == IW_CONFINED else { throw ProtocolFault("a frame before it was confined") }
        var fields = FieldReader(frame.body)
        let (held, error, words) = (try fields.u32(), try fields.i32(), try fields.text())
        try fields.end()
        worker.state.updateAndWakeAll { state in
            state.confinement = Confinement(held: held)
            if error != 0 || !words.isEmpty {
                state.opening = .unconfined(words, isShortage: SystemError(error).isShortage)
            }
        }
    }

    private func take(_ frame: Frame) throws(ProtocolFault) {
        if worker.state.read({ $0.confinement == nil }) { return try takeConfinement(frame) }
        var fields = FieldReader(frame.body)
        switch frame.kind {
        case IW_CONFINED: throw ProtocolFault("it was confined already")
        case IW_DESCRIBED: worker.state.updateAndWakeAll { $0.opening = $0.opening ?? .described(frame.body) }
        case IW_REFUSED:
            let (reason, words) = (Int(try fields.u32()), try fields.text())
            try fields.end()
            worker.state.updateAndWakeAll { $0.opening = $0.opening ?? .refused(reason: reason, words: words) }
        case IW_STARTED:
            let (status, words) = (try fields.i32(), try fields.text())
            try fields.end()
            worker.state.updateAndWakeAll { $0.started = $0.started ?? (status, words) }
        default:
            let (level, message) = (try fields.i32(), try fields.lent())
            try fields.end()
            let (known, text) = CheckedServices.line(level: level, message)
            worker.say(known, text)
        }
    }

    // MARK: - What is written to 2, by the plugin or by the runtime about it

    private func hearErrors() throws -> Bool {
        let bytes = try errors.receive(maximum: 4 << 10)
        if bytes.isEmpty { return false }
        let text = String(decoding: bytes, as: UTF8.self)
        for line in text.split(separator: "\n") {
            worker.say(.warning, "wrote to its error output: \(line)")
        }
        return true
    }
}
