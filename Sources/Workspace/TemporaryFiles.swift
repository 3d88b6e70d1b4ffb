import System

/// Names that the host keeps for its own unfinished files: `.interlock-<process>.<its start>.<counter>.tmp`.
/// List hides them, tools are refused them, and whoever finds one can tell whether its owner still runs.
enum TemporaryName {
    private static let prefix = Array(".interlock-".utf8)
    private static let suffix = Array(".tmp".utf8)

    static func name(owner: ProcessIdentity, counter: UInt64) -> [UInt8] {
        prefix + Array("\(owner.number).\(owner.started).\(counter)".utf8) + suffix
    }

    static func isReserved(_ name: [UInt8]) -> Bool {
        owner(of: name) != nil
    }

    static func owner(of name: [UInt8]) -> ProcessIdentity? {
        guard name.starts(with: prefix), name.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        let fields = name.dropFirst(prefix.count).dropLast(suffix.count)
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { UInt64(String(decoding: $0, as: UTF8.self)) }
        guard fields.count == 3, let process = fields[0], let started = fields[1], fields[2] != nil,
            let number = Int(exactly: process)
        else { return nil }
        return ProcessIdentity(number: number, started: started)
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
    /// Directories below one another that are looked into, each an open handle.
    static let maximumDepth = 200

    let kernel: Kernel
    let isCancelled: @Sendable () -> Bool
    private(set) var count = 0

    init(kernel: Kernel, isCancelled: @escaping @Sendable () -> Bool = { false }) {
        self.kernel = kernel
        self.isCancelled = isCancelled
    }

    mutating func reap(below directory: Descriptor) throws(SystemError) {
        try reap(below: directory, mount: try kernel.status(of: directory).mount, depth: 0)
    }

    private mutating func reap(below directory: Descriptor, mount: UInt64, depth: Int) throws(SystemError) {
        if depth > Self.maximumDepth || isCancelled() { return }
        let subdirectories: [[UInt8]]
        do {
            subdirectories = try reap(in: directory)
        } catch .denied {
            // Where we may not look we have left nothing.
            return
        }
        for name in subdirectories {
            do {
                let below = try kernel.open(name, in: directory, .directoryHandle)
                guard try kernel.status(of: below).mount == mount else { continue }
                try reap(below: below, mount: mount, depth: depth + 1)
            } catch  where error == .notFound || error == .notDirectory || error == .loop || error == .denied {
                // Removed or replaced meanwhile.
                continue
            }
        }
    }

    /// In this directory only; returns the names of those below.
    @discardableResult
    mutating func reap(in directory: Descriptor) throws(SystemError) -> [[UInt8]] {
        var subdirectories: [[UInt8]] = []
        var candidates: [[UInt8]] = []
        let readable = try kernel.open(PathBytes.dot, in: directory, .readDirectory)
        try kernel.forEachName(in: readable) { entry in
            if entry.kind == .directory || entry.kind == nil { subdirectories.append(entry.name) }
            if TemporaryName.isReserved(entry.name) { candidates.append(entry.name) }
            return true
        }
        for name in candidates where try isAbandoned(name, in: directory) {
            try kernel.remove(name, in: directory, isDirectory: false)
            count += 1
        }
        return subdirectories
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
