import Glibc
import Synchronization

/// A flag that is raised once, with a descriptor that becomes readable then, for code that polls.
package final class CancelSignal: Sendable {
    private let flag = Atomic<Bool>(false)
    /// Made when first asked for: most calls never do. -1 = none; guarded by the lock.
    private let descriptor = Guarded<Int32>(-1)

    package init() {}

    deinit {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
        }
    }

    package var isRaised: Bool { flag.load(ordering: .acquiring) }

    package func raise() {
        guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
        descriptor.withLock { if $0 >= 0 { eventfd_write($0, 1) } }
    }

    /// Readable when raised, and from then on; -1 if the process has no descriptors left. Lives as long as this object.
    package var pollable: Int32 {
        descriptor.withLock { descriptor in
            guard descriptor < 0 else { return descriptor }
            descriptor = eventfd(isRaised ? 1 : 0, Int32(EFD_CLOEXEC.rawValue) | Int32(EFD_NONBLOCK.rawValue))
            return descriptor
        }
    }
}
