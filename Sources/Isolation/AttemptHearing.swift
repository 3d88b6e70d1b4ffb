import Calls
import Loading
import System

/// Answers what the code of a worker attempts, by the call that it belongs to; and has the refusals recorded there.
final class AttemptHearing {
    private let worker: Worker
    private let listener: AttemptListener
    /// What the worker itself may do, beside any call.
    private let ownPlaces: [Permission.Place]

    init(_ worker: Worker, _ descriptor: Descriptor) {
        self.worker = worker
        listener = AttemptListener(descriptor)
        let kernel = Kernel()
        // Where calls share the zygote, what one of them may do is what all may.
        ownPlaces = worker.runsInThreads ? worker.bounds.paths.compactMap { $0.place(kernel) } : []
    }

    /// False when there is nothing more to hear.
    func hear() -> Bool {
        switch listener.next() {
        case .nothing: return true
        case .end: return false
        case .attempt(let attempt):
            let process = owner(of: attempt)
            // Recorded before the call can be taken for ended.
            if let process {
                process.withUse { answer(attempt, process, $0) }
            } else {
                answer(attempt, nil, nil)
            }
            return true
        }
    }

    /// Whose process it is. Where calls share one, it is known only while there is no other.
    private func owner(of attempt: Attempt) -> CallProcess? {
        let processes = worker.state.wait { .done(Array($0.alive.values)) }
        if worker.runsInThreads {
            let serving = processes.filter { $0.withUse { $0 != nil } }
            return serving.count == 1 ? serving.first : nil
        }
        let known = processes.filter { $0.number != nil }
        return AttemptListener.owner(of: attempt.thread, among: known.compactMap(\.number)).map { known[$0] }
    }

    private func answer(_ attempt: Attempt, _ process: CallProcess?, _ use: CallProcess.Use?) {
        let permission = worker.runsInThreads ? own : use?.permission ?? (process == nil ? own : idle)
        guard listener.answer(permission) == .refused else { return }
        let denied = DeniedAttempt(attempt.operation, attempt.object, isPlugins: attempt.isPlugins)
        if let use {
            use.services.denied(denied)
        } else {
            worker.say(.warning, "was refused, outside of any call, to \(denied.operation): \(denied.object)")
        }
    }

    private var idle: Permission {
        var permission = Permission(directory: worker.scratch)
        permission.held = worker.confinement.held
        return permission
    }

    /// The zygote forks when it is asked for a process, and only then.
    private var own: Permission {
        var permission = idle
        permission.mayFork = worker.state.wait { .done(!$0.expected.isEmpty) }
        permission.places = ownPlaces
        if worker.runsInThreads { permission.grants = worker.grants.rawValue }
        return permission
    }
}
