import CWorker
import Calls
import Loading
import System

/// Answers what the code of a worker attempts, by the call that it belongs to; and has the refusals recorded there.
///
/// What is attempted at files that calls claim is decided, and done, by ``NativeFiles``; everything else by what the call was
/// granted. A process that belongs to no call has no claims and no grants, whatever part it plays; but the
/// process of a plugin with state always has what the plugin was granted.
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
            answer(attempt, as: owners)
            return true
        }
    }

    private var alive: [CallProcess] { worker.state.read { Array($0.alive.values) } }

    /// Whose process it is, and what is worth remembering of that. Where calls share one, it may be any of those that run.
    private func owners(of attempt: Attempt) -> ([CallProcess], found: Lineage.Entry?) {
        let processes = alive
        if worker.runsInThreads { return (processes.filter(\.isServing), nil) }
        let ticket = lineage.ticket(of: attempt.thread)
        if let known = processes.first(where: { $0.ticket == ticket }) { return ([known], nil) }
        let numbered = processes.filter { $0.number != nil }
        guard let place = AttemptListener.owner(of: attempt.thread, among: numbered.compactMap(\.number)) else {
            return ([], nil)
        }
        return ([numbered[place]], Lineage.Entry(of: attempt.thread, numbered[place].ticket))
    }

    /// As one of the calls may. If none runs, or none of several may, as nobody may.
    private func answer(_ attempt: Attempt, as owners: [CallProcess]) {
        let isAnswered = owners.contains { process in
            // Held until it is done: a call is not over as long as something is done for it.
            process.withParty { $0.map { answer(attempt, as: $0, isLast: owners.count == 1) } ?? false }
        }
        if !isAnswered { answer(attempt, as: worker.nobody, isLast: true) }
    }

    /// False if it would be refused and this is not the last that may be asked.
    @discardableResult
    private func answer(_ attempt: Attempt, as party: Party, isLast: Bool) -> Bool {
        let answer = decide(attempt, party)
        if case .refused = answer {
            guard isLast else { return false }
            tell(attempt, party)
        }
        carryOut(answer)
        return true
    }

    private func tell(_ attempt: Attempt, _ party: Party) {
        let object = Printable.text(attempt.object)
        let denied = DeniedAttempt(
            attempt.operation, object, isPlugins: listener.isPlugins,
            missing: missing(attempt, party))
        if let call = party.call { return call.denied(denied) }
        // The plugin's own code does what no call of it is there to do: whatever calls of it run are not to be believed.
        if denied.isPlugins, !party.isCalls {
            for process in alive { process.withParty { $0?.call?.denied(denied) } }
        }
        worker.say(.warning, "was refused, outside of any call, to \(denied.operation): \(object)")
    }

    private func missing(_ attempt: Attempt, _ party: Party) -> Tool.Traits? {
        switch attempt.grant {
        case .programs where !party.grants.contains(.programs): .spawns
        case .network where !party.grants.contains(.network): .network
        default: nil
        }
    }

    // MARK: - Decisions

    private func carryOut(_ answer: AttemptAnswer) {
        switch answer {
        case .goesOn: listener.goOn()
        case .done: listener.answer(nil)
        case .opened(let file): listener.give(file)
        case .found(let file): listener.mend(file)
        case .fails(let error): listener.answer(error)
        case .refused, .elsewhere: listener.answer(.denied)
        }
    }

    private func decide(_ attempt: Attempt, _ party: Party) -> AttemptAnswer {
        guard let file = attempt.file else { return isPermitted(attempt, party) ? .goesOn : .refused }
        if case .run = file.act, !isPermitted(attempt, party) { return .refused }
        if listener.lendsIdentity { return .refused }
        if let error = listener.failure { return .fails(error) }
        if file.isReading, file.isOfRuntime, !maySeeRoots { return .goesOn }
        let answer = decide(file, party)
        switch answer {
        // The kernel has the last word.
        case .refused where file.isReading && isOwn(file): return isMediated ? .goesOn : .refused
        case .refused where isNameOfThread(file): return .fails(.denied)
        // It is only said that it would fail, and may not by then.
        case .goesOn where !isMediated: return .fails(.notFound)
        default: return answer
        }
    }

    /// Programs may run what lies in roots, so that Landlock lets it be read there too. Then no path is believed by its spelling.
    private var maySeeRoots: Bool { worker.grants.contains(.programs) }

    /// Whether it is the plugin's file, or a library beside it.
    private func isOwn(_ file: FileAttempt) -> Bool {
        guard iw_is_own(worker.plugin, String(decoding: file.path, as: UTF8.self)) else { return false }
        guard maySeeRoots else { return true }
        guard case .elsewhere(let path) = listener.find(other: false, privateDirectory: nil) else { return false }
        let real = String(decoding: path, as: UTF8.self)
        return real == worker.realPlugin || iw_is_own(worker.realPlace, real)
    }

    /// Which libraries write for their threads, and do without where they cannot.
    private func isNameOfThread(_ file: FileAttempt) -> Bool {
        guard case .open = file.act else { return false }
        let names = Self.names(of: file)
        return names.count == 5 && names[..<3] == ["proc", "self", "task"] && names[4] == "comm"
    }

    /// Whether Landlock is asked: else nothing is harmless that the kernel is let do.
    private var isMediated: Bool { listener.isMediated(held: worker.confinement.held) }

    private func isSame(_ one: Descriptor, _ other: Descriptor) -> Bool {
        let kernel = Kernel()
        guard let status = try? kernel.status(of: one), let its = try? kernel.status(of: other) else { return false }
        return status.isSameFile(as: its)
    }

    private func isPermitted(_ attempt: Attempt, _ party: Party) -> Bool {
        let isBirth = !party.isCalls && listener.startsProcess
        let isPermitted = listener.isPermitted(
            grants: party.grants.rawValue, held: worker.confinement.held, isCalls: party.isCalls, mayFork: isBirth)
        return isPermitted && (!isBirth || worker.takeBirth(by: attempt.thread))
    }

    private func decide(_ file: FileAttempt, _ party: Party) -> AttemptAnswer {
        guard case .mend = file.act, let (opened, writes) = listener.opened() else { return decideByPath(file, party) }
        // It could be written through that, so it was opened for a call that claims it, or is the process's own.
        if writes { return party.isCalls ? .found(opened) : .refused }
        guard case .found(let found) = decideByPath(file, party), isSame(found, opened) else { return .refused }
        return .found(opened)
    }

    private func decideByPath(_ file: FileAttempt, _ party: Party) -> AttemptAnswer {
        var file = file
        // Through links that no root has, a path can lead into one: then it is looked at once more.
        for _ in 0..<2 {
            let answer = perform(file, party)
            guard case .elsewhere(let isPath, let isOther) = answer else { return answer }
            let place = isPath ? listener.find(other: false, privateDirectory: party.directory) : nil
            let other = isOther ? listener.find(other: true, privateDirectory: party.directory) : nil
            guard let led = led(file, place, other) else {
                return decide(file, [place, other].compactMap { $0 }, areAll: isPath && (isOther || file.other == nil))
            }
            file = led
        }
        return .refused
    }

    private func perform(_ file: FileAttempt, _ party: Party) -> AttemptAnswer {
        let (isPath, isOther) = (isHidden(file.path, party), file.other.map { isHidden($0, party) } ?? false)
        guard isPath || isOther else { return worker.files.perform(file, party) }
        // What was opened before something else came there has the same name, and leads to what it was.
        if let directory = party.directory,
            isPath && !listener.beginsThere(other: false, privateDirectory: directory)
                || isOther && !listener.beginsThere(other: true, privateDirectory: directory)
        {
            return .refused
        }
        return .elsewhere(
            path: isPath || !worker.files.isInRoot(file.path),
            other: isOther || file.other.map { !worker.files.isInRoot($0) } ?? false)
    }

    /// Whether something else lies there in the namespace of the call than the host sees.
    private func isHidden(_ path: [UInt8], _ party: Party) -> Bool {
        path.starts(with: worker.scratchPrefix)
            || party.directory == PrivateTmp.path && path.starts(with: PrivateTmp.prefix)
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
    private func decide(_ file: FileAttempt, _ places: [AttemptListener.Place], areAll: Bool) -> AttemptAnswer {
        var target: Descriptor?
        for place in places {
            switch place {
            // Seen from here: for the process itself it may lead into a root, by its own links in /proc.
            case .failsByItself(let error) where file.isReading && maySeeRoots:
                return .fails(error)
            case .failsByItself: return .goesOn
            case .own(let handle): target = target ?? handle
            // What Landlock lets be read there, needs no claim.
            case .elsewhere(let path): return file.isReading && !mayLeadIntoRoot(file, path) ? .goesOn : .refused
            }
        }
        // Between its own directory and a root, as between two file systems.
        guard areAll else { return .fails(.crossDevice) }
        if case .mend = file.act { return target.map { .found($0) } ?? .refused }
        return isMediated ? .goesOn : .refused
    }
}

extension AttemptHearing {
    /// Where Landlock lets roots be read, reading goes on only where it is known where the path leads; in /proc, not through a
    /// process's own links.
    private func mayLeadIntoRoot(_ file: FileAttempt, _ path: [UInt8]) -> Bool {
        guard maySeeRoots, path.isEmpty else { return false }
        let names = Self.names(of: file)
        return names.first != "proc" || !Self.linksOfProcesses.isDisjoint(with: names)
    }

    fileprivate static func names(of file: FileAttempt) -> [String] {
        file.path.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    private static let linksOfProcesses: Set<String> = ["..", "root", "cwd", "fd", "map_files"]
}
