import Calls
import Loading
import System

/// Answers what the code of a worker attempts, by the call that it belongs to; and has the refusals recorded there.
///
/// What is attempted at files that calls claim is decided, and done, by ``NativeFiles``; everything else by what the call was
/// granted. A process that belongs to no call has no claims and no grants, whatever part it plays.
final class AttemptHearing {
    private let worker: Worker
    private let listener: AttemptListener
    private var lineage = Lineage()

    init(_ worker: Worker, _ descriptor: Descriptor) {
        self.worker = worker
        listener = AttemptListener(descriptor)
    }

    /// False when there is nothing more to hear.
    func hear() -> Bool {
        switch listener.next() {
        case .nothing: return true
        case .end: return false
        case .attempt(let attempt):
            let (owners, found) = owners(of: attempt)
            // They were found by the thread's number, which is nobody else's as long as it waits.
            guard listener.isDue else { return true }
            if let found { lineage.add(found, attempt.thread) }
            if !answer(attempt, owners) { answerForNobody(attempt) }
            return true
        }
    }

    /// Whose process it is, and what is worth remembering of that. Where calls share one, it may be any of those that run.
    private func owners(of attempt: Attempt) -> ([CallProcess], found: Lineage.Entry?) {
        let processes = worker.state.wait { .done(Array($0.alive.values)) }
        if worker.runsInThreads { return (processes.filter(\.isServing), nil) }
        let ticket = lineage.ticket(of: attempt.thread)
        if let known = processes.first(where: { $0.ticket == ticket }) { return ([known], nil) }
        let numbered = processes.filter { $0.number != nil }
        guard let place = AttemptListener.owner(of: attempt.thread, among: numbered.compactMap(\.number)) else {
            return ([], nil)
        }
        return ([numbered[place]], Lineage.Entry(of: attempt.thread, numbered[place].ticket))
    }

    /// As one of the calls may. False if none runs, or none of several may.
    private func answer(_ attempt: Attempt, _ owners: [CallProcess]) -> Bool {
        owners.contains { process in
            // Held until it is done: a call is not over as long as something is done for it.
            process.withUse { use in
                guard let use else { return false }
                let decision = decide(attempt, use)
                if case .refuse = decision {
                    if owners.count > 1 { return false }
                    use.services.denied(denied(attempt))
                }
                carryOut(decision)
                return true
            }
        }
    }

    private func answerForNobody(_ attempt: Attempt) {
        let decision = decide(attempt, nil)
        if case .refuse = decision { accuse(attempt) }
        carryOut(decision)
    }

    /// The plugin's own code does what no call of it is there to do: whatever calls of it run are not to be believed.
    private func accuse(_ attempt: Attempt) {
        let denied = denied(attempt)
        if denied.isPlugins, !worker.runsInThreads {
            for process in worker.state.wait({ .done(Array($0.alive.values)) }) {
                process.withUse { $0?.services.denied(denied) }
            }
        }
        worker.say(.warning, "was refused, outside of any call, to \(denied.operation): \(denied.object)")
    }

    private func denied(_ attempt: Attempt) -> DeniedAttempt {
        DeniedAttempt(attempt.operation, attempt.object, isPlugins: listener.isPlugins)
    }

    // MARK: - Decisions

    private enum Decision {
        case goOn
        /// Nil: it was done.
        case answer(SystemError?)
        case give(Descriptor)
        case mend(Descriptor)
        case refuse
    }

    private func carryOut(_ decision: Decision) {
        switch decision {
        case .goOn: listener.goOn()
        case .answer(let error): listener.answer(error)
        case .give(let opened): listener.give(opened)
        case .mend(let file): listener.mend(file)
        case .refuse: listener.answer(.denied)
        }
    }

    private func decide(_ attempt: Attempt, _ use: CallProcess.Use?) -> Decision {
        guard let file = attempt.file else { return isPermitted(attempt, use) ? .goOn : .refuse }
        if case .run = file.act, !isPermitted(attempt, use) { return .refuse }
        if listener.lendsIdentity { return .refuse }
        if let error = listener.failure { return .answer(error) }
        if file.isReading, isRuntimeFile(file.path) { return .goOn }
        let decision = decide(file, use)
        switch decision {
        // The kernel has the last word.
        case .refuse where file.isReading && isPluginsOwn(file.path): return .goOn
        // It is only said that it would fail, and may not by then.
        case .goOn where !isMediated(file.act): return .answer(.notFound)
        default: return decision
        }
    }

    /// Whether Landlock is asked: else nothing is harmless that the kernel is let do.
    private func isMediated(_ act: FileAttempt.Act) -> Bool {
        switch act {
        case .mend: false
        case .truncate: worker.confinement.seesTruncation
        case .open(let flags): !flags.contains(.truncate) || flags.writes || worker.confinement.seesTruncation
        default: true
        }
    }

    private func isSame(_ one: Descriptor, _ other: Descriptor) -> Bool {
        let kernel = Kernel()
        guard let status = try? kernel.status(of: one), let its = try? kernel.status(of: other) else { return false }
        return status.isSameFile(as: its)
    }

    /// The plugin's file, and the libraries beside it, as the path says itself.
    private func isPluginsOwn(_ path: [UInt8]) -> Bool {
        guard path.starts(with: worker.pluginDirectory) else { return false }
        let name = path.dropFirst(worker.pluginDirectory.count)
        return !name.contains(UInt8(ascii: "/")) && String(decoding: name, as: UTF8.self).contains(".so")
    }

    private func isPermitted(_ attempt: Attempt, _ use: CallProcess.Use?) -> Bool {
        // Where calls share the zygote, what it does between them is some call's.
        let isCalls = use != nil || worker.runsInThreads
        let grants = use?.grants ?? (worker.runsInThreads ? worker.grants : [])
        let isBirth = !isCalls && listener.startsProcess
        let permission = Permission(
            grants: grants.rawValue, held: worker.confinement.held, isCalls: isCalls, mayFork: isBirth)
        return listener.isPermitted(permission) && (!isBirth || worker.takeBirth(by: attempt.thread))
    }

    private func decide(_ file: FileAttempt, _ use: CallProcess.Use?) -> Decision {
        guard case .mend = file.act, let (opened, writes) = listener.opened() else { return decideByPath(file, use) }
        // It could be written through that, so it was opened for a call that claims it, or is the process's own.
        if writes { return use != nil || worker.runsInThreads ? .mend(opened) : .refuse }
        guard case .mend(let found) = decideByPath(file, use), isSame(found, opened) else { return .refuse }
        return .mend(opened)
    }

    private func decideByPath(_ file: FileAttempt, _ use: CallProcess.Use?) -> Decision {
        var file = file
        // Through links that no root has, a path can lead into one: then it is looked at once more.
        for _ in 0..<2 {
            let answer = answer(file, use)
            guard case .elsewhere(let isPath, let isOther) = answer else { return decision(answer) }
            let directory = use?.directory ?? (worker.runsInThreads ? worker.scratch : nil)
            let place = isPath ? listener.find(other: false, privateDirectory: directory) : nil
            let other = isOther ? listener.find(other: true, privateDirectory: directory) : nil
            guard let led = led(file, place, other) else {
                return decide(file, [place, other].compactMap { $0 }, areAll: isPath && (isOther || file.other == nil))
            }
            file = led
        }
        return .refuse
    }

    private func answer(_ file: FileAttempt, _ use: CallProcess.Use?) -> FileAnswer {
        // In the worker's own namespace something else lies there than the host sees.
        func isScratch(_ path: [UInt8]) -> Bool { path.starts(with: worker.scratchPrefix) }
        guard isScratch(file.path) || file.other.map(isScratch) ?? false else {
            return worker.files.perform(file, KeptLocks(call: use?.services))
        }
        func isElsewhere(_ path: [UInt8]) -> Bool { isScratch(path) || !worker.files.isInRoot(path) }
        return .elsewhere(path: isElsewhere(file.path), other: file.other.map(isElsewhere) ?? false)
    }

    private func decision(_ answer: FileAnswer) -> Decision {
        switch answer {
        case .goesOn: .goOn
        case .done: .answer(nil)
        case .opened(let file): .give(file)
        case .found(let file): .mend(file)
        case .fails(let error): .answer(error)
        case .refused, .elsewhere: .refuse
        }
    }

    // MARK: - What lies in no root, as the path says

    /// The attempt with its paths as they lead; nil if none leads into a root.
    private func led(
        _ file: FileAttempt, _ place: AttemptListener.Place?, _ other: AttemptListener.Place?
    ) -> FileAttempt? {
        var led = file
        var isLed = false
        if case .elsewhere(let path)? = place, worker.files.isInRoot(path) {
            (led.path, led.followsLast, isLed) = (path, false, true)
        }
        if case .elsewhere(let path)? = other, worker.files.isInRoot(path) { (led.other, isLed) = (path, true) }
        return isLed ? led : nil
    }

    /// `areAll`: no other path of it is in a root.
    private func decide(_ file: FileAttempt, _ places: [AttemptListener.Place], areAll: Bool) -> Decision {
        var target: Descriptor?
        for place in places {
            switch place {
            // Seen from here: for the process itself it may lead into a root, by its own links in /proc.
            case .failsByItself(let error) where file.isReading && worker.grants.contains(.programs):
                return .answer(error)
            case .failsByItself: return .goOn
            case .own(let handle): target = target ?? handle
            // What Landlock lets be read there, needs no claim.
            case .elsewhere(let path): return file.isReading && !mayLeadIntoRoot(file, path) ? .goOn : .refuse
            }
        }
        // Between its own directory and a root, as between two file systems.
        guard areAll else { return .answer(.crossDevice) }
        switch file.act {
        case .mend: return target.map { .mend($0) } ?? .refuse
        case .truncate where !isMediated(file.act), .open where !isMediated(file.act): return .refuse
        default: return .goOn
        }
    }
}

extension AttemptHearing {
    /// Programs may run what lies in roots, so that Landlock lets it be read there too. Then reading goes on only where it is known
    /// where the path leads; in /proc, not through a process's own links.
    private func mayLeadIntoRoot(_ file: FileAttempt, _ path: [UInt8]) -> Bool {
        guard worker.grants.contains(.programs), path.isEmpty else { return false }
        let names = file.path.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        return names.first != "proc" || !Self.linksOfProcesses.isDisjoint(with: names)
    }

    private static let linksOfProcesses: Set<String> = ["..", "root", "cwd", "fd", "map_files"]
}

/// Which call's process a thread comes from, remembered: a program opens many files, and the way up to its call is long.
private struct Lineage {
    struct Entry {
        /// The thread's own in /proc: nothing is in it when the thread is gone, whoever gets its number then.
        let directory: Descriptor
        let ticket: UInt64

        init?(of thread: Int32, _ ticket: UInt64) {
            guard let directory = try? Kernel().open(trusted: Array("/proc/\(thread)".utf8), .directoryHandle) else {
                return nil
            }
            self.directory = directory
            self.ticket = ticket
        }
    }

    private var known: [Int32: Entry] = [:]
    private let kernel = Kernel()
    private static let most = 64

    mutating func ticket(of thread: Int32) -> UInt64? {
        guard let entry = known[thread] else { return nil }
        if (try? kernel.status(Array("stat".utf8), in: entry.directory)) != nil { return entry.ticket }
        known[thread] = nil
        return nil
    }

    /// The thread must have lived when the entry was made.
    mutating func add(_ entry: Entry, _ thread: Int32) {
        if known.count >= Self.most { known.removeAll() }
        known[thread] = entry
    }
}
