import CWorker
import Glibc
import System

/// How a process ended, for people and models: "crashed (SIGSEGV: it touched memory that is not its own)".
enum CrashWords {
    private static let meanings: [Int32: String] = [
        SIGSEGV: "it touched memory that is not its own, or used up its stack",
        SIGBUS: "it touched memory that is not there",
        SIGABRT: "it gave up by itself",
        SIGILL: "it ran into a trap",
        SIGTRAP: "it ran into a trap",
        SIGFPE: "an impossible division",
        SIGSYS: "it made a system call that it may not make",
        SIGXCPU: "it used more processor time than its limit",
        SIGXFSZ: "it wrote a file larger than its limit",
        SIGKILL: "somebody killed it: the system does, when memory runs out",
    ]

    static let wentOn = "closed its connection to the host in the middle of the call, and went on"
    static let killedForAnother = "lost its process: another call of the plugin did not stop, and was killed"

    static func words(for end: ProcessEnd) -> String {
        switch end {
        case .exited(let status): "ended with status \(status) in the middle of the call"
        case .signalled(let number):
            "crashed (\(ProcessEnd.name(ofSignal: number))\(meanings[number].map { ": \($0)" } ?? ""))"
        case .unknown: "ended in the middle of the call, nobody knows how"
        }
    }

    /// The end of a contained call, as its PID 1 tells it.
    static func contained(_ end: ProcessEnd) -> ProcessEnd {
        guard case .exited(let status) = end, status > IW_EXIT_SIGNALLED else { return end }
        return .signalled(status - IW_EXIT_SIGNALLED)
    }
}
