import Glibc
import Synchronization

/// A flag that is raised once, with a descriptor that becomes readable then, for code that polls.
package final class CancelSignal: Sendable {
    fileprivate struct Ends {
        var reading: Int32 = -1
        var writing: Int32 = -1
    }

    private let flag = Atomic<Bool>(false)
    /// Made when first asked for: most calls never do.
    private let ends = Guarded(Ends())

    package init() {}

    deinit {
        ends.withLock { ends in
            for descriptor in [ends.reading, ends.writing] where descriptor >= 0 { close(descriptor) }
        }
    }

    package var isRaised: Bool { flag.load(ordering: .acquiring) }

    /// Whether this call raised it: of several, one did.
    @discardableResult
    package func raise() -> Bool {
        guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        ends.withLock { $0.closeWriting() }
        return true
    }

    /// Readable (at its end) when raised, and from then on; -1 if the process has no descriptors left. Lives as long as this
    /// object.
    package var pollable: Int32 {
        ends.withLock { ends in
            guard ends.reading < 0 else { return ends.reading }
            var pair: [Int32] = [-1, -1]
            // Closed on exec from the beginning, which `pipe` cannot do.
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else { return -1 }
            ends = Ends(reading: pair[0], writing: pair[1])
            if isRaised { ends.closeWriting() }
            return ends.reading
        }
    }
}

extension CancelSignal.Ends {
    fileprivate mutating func closeWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }
}
