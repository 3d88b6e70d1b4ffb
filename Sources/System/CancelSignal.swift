import Synchronization

/// A flag that is raised once, with a descriptor that becomes readable then, for code that polls.
package final class CancelSignal: Sendable {
    private let flag = Atomic<Bool>(false)
    /// Made when first asked for: most calls never do. Closing the other end makes one readable; that of a pipe would only be
    /// hung up, for which not all code looks.
    private let ends = Guarded<(own: Descriptor, other: Descriptor?)?>(nil)

    package init() {}

    package var isRaised: Bool { flag.load(ordering: .acquiring) }

    /// Whether this call raised it: of several, one did.
    @discardableResult
    package func raise() -> Bool {
        guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        ends.withLock { $0?.other = nil }
        return true
    }

    /// Readable (at its end) when raised, and from then on; -1 if the process has no descriptors left. Lives as long as this
    /// object.
    package var pollable: Int32 {
        ends.withLock { ends in
            if ends == nil, let (own, other) = try? Connection.pair() { ends = (own, isRaised ? nil : other) }
            return ends?.own.withNumber { $0 } ?? -1
        }
    }
}
