import System

/// Names that the host keeps for its own unfinished files: `.interlock-<process>.<its start>.<counter>.tmp`.
/// List hides them, tools are refused them, and whoever finds one can tell whether its owner still runs.
enum TemporaryName {
    private static let prefix = Array(".interlock-".utf8)
    private static let suffix = Array(".tmp".utf8)

    static func name(owner: ProcessIdentity, counter: UInt64) -> [UInt8] {
        prefix + owner.name(counter) + suffix
    }

    static func isReserved(_ name: [UInt8]) -> Bool {
        owner(of: name) != nil
    }

    static func owner(of name: [UInt8]) -> ProcessIdentity? {
        guard name.starts(with: prefix), name.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        return ProcessIdentity(ofName: name.dropFirst(prefix.count).dropLast(suffix.count))
    }
}

/// Hands out temporary names, each once in the life of the process.
final class TemporaryNames: Sendable {
    // All workspaces of one process count together: they have one owner.
    private static let counter = Guarded(UInt64(0))
    private let owner: ProcessIdentity

    init(owner: ProcessIdentity) {
        self.owner = owner
    }

    func next() -> [UInt8] {
        let number = Self.counter.withLock { counter in
            counter += 1
            return counter
        }
        return TemporaryName.name(owner: owner, counter: number)
    }
}

/// Removes temporary files whose owner is gone: by owner, never by age.
///
/// Two things must say so: no process with that number and start time, and nobody holds the file's lock, which the
/// kernel takes from a process that ends. The lock alone would do, but for the moment between making a file and locking
/// it; the number alone would not, when the owner lives in another process namespace.
struct TemporaryFileReaper {
    let kernel: Kernel
    let isCancelled: @Sendable () -> Bool
    private(set) var count = 0
    /// The first of what could not be looked at or removed: it keeps nothing else from being removed.
    private(set) var failure: SystemError?

    init(kernel: Kernel, isCancelled: @escaping @Sendable () -> Bool = { false }) {
        self.kernel = kernel
        self.isCancelled = isCancelled
    }

    /// Looks as deep as a path of ours can lead, with an open handle for each directory on the way.
    mutating func reap(below directory: Descriptor) {
        attempt { (reaper) throws(SystemError) in
            let mount = try reaper.kernel.status(of: directory).mount
            reaper.reap(below: directory, mount: mount, depth: 0)
        }
    }

    private mutating func reap(below directory: Descriptor, mount: UInt64, depth: Int) {
        if depth > PathWalker.deepest || isCancelled() { return }
        for name in reap(in: directory) {
            attempt(isLook: true) { (reaper) throws(SystemError) in
                let below = try reaper.kernel.open(name, in: directory, .directoryHandle)
                guard try reaper.kernel.status(of: below).mount == mount else { return }
                reaper.reap(below: below, mount: mount, depth: depth + 1)
            }
        }
    }

    /// In this directory only; returns the names of those below.
    @discardableResult
    mutating func reap(in directory: Descriptor) -> [[UInt8]] {
        var subdirectories: [[UInt8]] = []
        var candidates: [[UInt8]] = []
        attempt(isLook: true) { (reaper) throws(SystemError) in
            let readable = try reaper.kernel.open(PathBytes.dot, in: directory, .readDirectory)
            try reaper.kernel.forEachName(in: readable) { entry in
                if entry.kind == .directory || entry.kind == nil { subdirectories.append(entry.name) }
                if TemporaryName.isReserved(entry.name) { candidates.append(entry.name) }
                return true
            }
        }
        for name in candidates {
            attempt { (reaper) throws(SystemError) in
                guard try reaper.isAbandoned(name, in: directory) else { return }
                try reaper.kernel.remove(name, in: directory, isDirectory: false)
                reaper.count += 1
            }
        }
        return subdirectories
    }

    private mutating func attempt(isLook: Bool = false, _ body: (inout Self) throws(SystemError) -> Void) {
        do throws(SystemError) {
            try body(&self)
        } catch  where [.notFound, .notDirectory, .loop].contains(error) || error == .denied && isLook {
            // Removed or replaced meanwhile; and where we may not look we have left nothing.
        } catch {
            failure = failure ?? error
        }
    }

    private func isAbandoned(_ name: [UInt8], in directory: Descriptor) throws(SystemError) -> Bool {
        guard let owner = TemporaryName.owner(of: name) else { return false }
        if kernel.guards.has(.leftoverOwner), try owner.isAlive(kernel) { return false }
        do {
            guard try kernel.status(name, in: directory).kind == .file else { return false }
            let file = try kernel.open(name, in: directory, .read)
            if kernel.guards.has(.leftoverLock) { try kernel.lock(file) }
            return true
        } catch  where error == .wouldBlock || error == .notFound || error == .loop || error == .denied {
            // Still owned, taken by another reaper, or not ours to touch.
            return false
        }
    }
}
