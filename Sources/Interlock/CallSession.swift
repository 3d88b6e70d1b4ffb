import Calls
import Loading
import Locking
import Scheduling
import StrictJSON
import System
import Workspace

/// What the host does for one running call, and what it learns from it. Serves until `end`; later uses are stale, from
/// whatever thread they come.
final class CallSession: CallServices {
    private struct State {
        var isOver = false
        var emitted: EmittedContent
        var structured: JSON?
        var failure: (code: ServiceError.Code, message: String, details: JSON?)?
        /// The first operation that the claims did not cover.
        var violation: String?
        /// What was refused to programs that it runs.
        var denied: [String] = []
        var notes = OutcomeNotes()
    }

    let call: CallNumber
    /// On the monotonic clock; 0 = none.
    let deadline: UInt64
    private let tool: Tool
    private let host: Host
    private let scheduler: Scheduler
    private let state: Guarded<State>
    private let cancelSignal = CancelSignal()

    init(_ call: CallNumber, of tool: Tool, host: Host, scheduler: Scheduler, deadline: UInt64) {
        self.call = call
        self.tool = tool
        self.host = host
        self.scheduler = scheduler
        self.deadline = deadline
        state = Guarded(State(emitted: EmittedContent(limit: host.deployment.limits.output)))
    }

    var outputLimit: Int { host.deployment.limits.output }

    /// From now on everything is stale. Called when the code has returned, or was given up on.
    func end() {
        if host.guards.has(.endedCallFence) { state.withLock { $0.isOver = true } }
    }

    /// Asks the code to stop.
    func cancel() { cancelSignal.raise() }

    /// The call's number, as long as it is served.
    private func serving() throws(ServiceError) -> CallNumber {
        try withServing { _ in call }
    }

    private func withServing<T: Sendable>(_ body: (inout State) -> T) throws(ServiceError) -> T {
        let result = state.withLock { state in state.isOver ? nil : body(&state) }
        guard let result else { throw ServiceError(.stale, "the call has ended") }
        return result
    }
}

// MARK: - Results

extension CallSession {
    func emit(mime: String, _ bytes: [UInt8]) throws(ServiceError) {
        guard mime.isEmpty || mime == "text/plain" else { return try withServing { $0.emitted.add(mime: mime, bytes) } }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ServiceError(.arguments, "the text is not valid UTF-8")
        }
        try withServing { $0.emitted.add(text) }
    }

    func setResult(_ value: JSON) throws(ServiceError) {
        let isFirst = try withServing { state in
            defer { state.structured = state.structured ?? value }
            return state.structured == nil
        }
        if !isFirst { throw ServiceError(.exists, "the structured result is set already; the first one counts") }
    }

    func progress(done: Double, total: Double, message: String) throws(ServiceError) {
        scheduler.tell(.progress(done: done, total: total, message: message), of: try serving())
    }

    func fail(_ code: ServiceError.Code, message: String, details: JSON?) throws(ServiceError) {
        try withServing { state in
            state.failure = state.failure ?? (code, String(message.prefix(Self.messageLimit)), details)
        }
    }

    private static let messageLimit = 64 << 10

    func log(level: LogLevel, _ message: String) {
        host.log(level, "\(tool.name): \(message)")
    }

    /// The call's outcome, when its code has come to its end.
    func outcome(_ completion: Completion) -> Outcome {
        var outcome = outcome(completion.end)
        outcome.enforcement = completion.enforcement
        outcome.denied = state.withLock { $0.denied }
        return outcome
    }

    private func outcome(_ end: Completion.End) -> Outcome {
        let state = state.withLock { $0 }
        var content = state.emitted.content
        let leftOut = state.emitted.leftOut
        if leftOut > 0 {
            content.append(.text("\n[\(leftOut) more bytes were left out: a call may emit \(outputLimit)]"))
        }
        content += state.notes.content
        if let violation = state.violation {
            return Outcome(.violated, content: content, message: violation)
        }
        switch end {
        case .refused(let why): return Outcome(.refused, message: why)
        case .crashed(let how):
            return Outcome(
                .crashed, content: content, message: "\(tool.name) \(how). What it had begun may be half done.")
        case .killed: return Outcome(.interrupted, content: content, message: Self.killed)
        case .returned(0) where state.failure == nil:
            return Outcome(.succeeded, content: content, structured: state.structured)
        case .returned(let status):
            let code = state.failure?.code ?? ServiceError.Code(rawValue: status) ?? .internal
            return Outcome(
                code == .cancelled ? .interrupted : .failed, content: content, structured: state.structured,
                message: failureMessage(state, status, code), details: state.failure?.details)
        }
    }

    private static let killed =
        "it did not stop when it was asked to, and was killed. What it had begun may be half done."

    private func failureMessage(_ state: State, _ status: Int32, _ code: ServiceError.Code) -> String {
        let message = state.failure?.message ?? ""
        switch code {
        case .internal:
            log(level: .error, "failed with an internal fault: \(message.isEmpty ? "status \(status)" : message)")
            return "\(tool.name) has an internal fault; the operator has been told"
        case .cancelled: return message.isEmpty ? "\(tool.name) stopped before it was done" : message
        default: return message.isEmpty ? "\(tool.name) failed and gave no reason (status \(status))" : message
        }
    }
}

// MARK: - State of the call

extension CallSession {
    var isCancelled: Bool { cancelSignal.isRaised }
    var cancelDescriptor: Int32 { cancelSignal.pollable }

    func release(claim: Int) throws(ServiceError) {
        let call = try serving()
        guard tool.contract.claims.indices.contains(claim), tool.contract.claims[claim].isReleasable else {
            throw ServiceError(.arguments, "claim \(claim) is not flagged as releasable")
        }
        scheduler.release(claim, of: call)
    }
}

// MARK: - Reservations

extension CallSession {
    func reservedName(claim: Int) throws(ServiceError) -> String {
        let call = try serving()
        let name = scheduler.withReservations { ($0.name(of: claim, of: call), false) }
        guard let name else { throw ServiceError(.notFound, "claim \(claim) of this call has no name") }
        return name
    }

    func enroll(kind: String, name: String, label: String) throws(ServiceError) {
        let call = try serving()
        let thing = Reservations.Thing(kind: kind, name: name)
        let isNew: Bool? = scheduler.withReservations { reservations in
            if reservations.hasAll(tool.plugin) { return (nil, false) }
            let isNew = reservations.enroll(thing, label: label, of: call, by: tool.plugin)
            return (isNew, isNew)
        }
        guard let isNew else {
            throw ServiceError(
                .limit, "\(tool.plugin) has registered \(Reservations.mostThings) things, and a plugin may have no more"
            )
        }
        if !isNew { throw ServiceError(.exists, "\(kind) \"\(name)\" is registered already") }
    }

    func unenroll(kind: String, name: String) throws(ServiceError) {
        _ = try serving()
        let wasThere = scheduler.withReservations { reservations in
            let wasThere = reservations.unenroll(Reservations.Thing(kind: kind, name: name), by: tool.plugin)
            return (wasThere, wasThere)
        }
        if !wasThere { throw ServiceError(.notFound, "there is no \(kind) \"\(name)\"") }
    }

    var roots: [(name: String, path: [UInt8])] {
        get throws(ServiceError) {
            _ = try serving()
            return host.workspace.roots.all.map { ($0.name, PathBytes.absolute($0.path)) }
        }
    }

    func enrolled(kind: String) throws(ServiceError) -> [(name: String, label: String)] {
        _ = try serving()
        return scheduler.withReservations { ($0.enrolled(kind: kind), false) }
    }
}

// MARK: - What its code does by itself, and what of it is refused

extension CallSession {
    var hostsLock: Int32 { scheduler.hostsLock(of: call) }

    func keeps(_ lock: Lock) -> Bool {
        guard let call = try? serving() else { return false }
        return scheduler.keeps(lock, of: call)
    }

    func denied(_ attempt: DeniedAttempt) {
        guard let call = try? serving() else { return }
        let object = host.workspace.roots.name(ofNative: attempt.object)
        if attempt.isPlugins {
            let tried = "tried to \(attempt.operation), \(object), and was refused"
            if let missing = attempt.missing, tool.traits.contains(missing) { return ungranted(missing, tried) }
            violated("it \(tried)", call)
        } else {
            let line = "\(attempt.operation): \(object)"
            state.withLock { state in
                if state.denied.count < Self.mostDenied, !state.denied.contains(line) { state.denied.append(line) }
            }
        }
    }

    /// What the tool declares is no breach of its contract: the operator is to learn what is missing.
    private func ungranted(_ missing: Tool.Traits, _ tried: String) {
        guard let grant = Deployment.WorkerGrant.allCases.first(where: { $0.trait == missing }) else { return }
        let why = "it declares that it \(grant.deed), which the configuration does not grant to its plugin"
        violated("\(tried): \(why) (grants: [\(grant.rawValue)]).")
    }

    /// What is listed of the refusals to a call's programs.
    private static let mostDenied = 100

    /// The first counts.
    private func violated(_ how: String, _ call: CallNumber) {
        let claims = scheduler.claims(of: call)
        let claimed = claims.isEmpty ? "nothing" : claims.joined(separator: ", ")
        violated("broke its contract: \(how). The call claims \(claimed).")
    }

    private func violated(_ words: String) {
        state.withLock { $0.violation = $0.violation ?? "\(tool.name) \(words)" }
    }
}

// MARK: - Files

extension CallSession {
    /// Does a file operation; one that the claims do not cover ends the call as violated, whatever the plugin makes of it.
    private func files<T>(
        _ body: (FileServices) throws(ServiceError) -> T
    ) throws(ServiceError) -> T {
        let call = try serving()
        let coverage = RunningCoverage(scheduler: scheduler, call: call)
        let files = FileServices(workspace: host.workspace, coverage: coverage)
        do throws(ServiceError) {
            let result = try body(files)
            let notes = files.notes
            if !notes.isEmpty { state.withLock { $0.notes.add(notes) } }
            return result
        } catch {
            if error.code == .denied { violated(error.message, call) }
            throw error
        }
    }

    func read(path: [UInt8], offset: UInt64, maximum: UInt64) throws(ServiceError) -> (
        bytes: [UInt8], status: FileStatus
    ) {
        try files { (files) throws(ServiceError) in try files.read(path: path, offset: offset, maximum: maximum) }
    }

    func write(path: [UInt8], _ bytes: [UInt8], _ condition: WriteCondition) throws(ServiceError) {
        try files { (files) throws(ServiceError) in try files.write(path: path, bytes, condition) }
    }

    func status(path: [UInt8], follow: Bool) throws(ServiceError) -> FileStatus {
        try files { (files) throws(ServiceError) in try files.status(path: path, follow: follow) }
    }

    func list(path: [UInt8]) throws(ServiceError) -> [DirectoryEntry] {
        try files { (files) throws(ServiceError) in try files.list(path: path) }
    }

    func remove(path: [UInt8], recursive: Bool) throws(ServiceError) {
        try files { (files) throws(ServiceError) in try files.remove(path: path, recursive: recursive) }
    }

    func rename(from: [UInt8], to: [UInt8], replace: Bool) throws(ServiceError) {
        try files { (files) throws(ServiceError) in try files.rename(from: from, to: to, replace: replace) }
    }

    func makeDirectory(path: [UInt8]) throws(ServiceError) {
        try files { (files) throws(ServiceError) in try files.makeDirectory(path: path) }
    }
}
