import Calls
import System

/// Who holds what, and who has waited for how long: the kernel tells neither.
///
/// Each host has a file of slots beside the lock file, and holds a lock on it as long as it lives. A file without that lock,
/// whose process is gone, is removed by the next host that starts, and by nobody else: so that one knows that a host has ended
/// in disorder. What is told here decides who is next to queue, and what people are told: never who runs.
final class HolderRecords: Sendable {
    /// Calls that one host tells of at once; more go without.
    static let mostSlots = 4096

    private struct Slots {
        var free: [Int] = []
        var count = 0
        var hasFailed = false
    }

    private let kernel: Kernel
    private let directory: Descriptor
    private let file: Descriptor
    private let name: [UInt8]
    private let slots = Guarded(Slots())
    private let log: @Sendable (String) -> Void
    /// Whether the file of a host that is gone was here at the start.
    let followsHostThatIsGone: Bool

    /// The lock on a host's own file.
    private static let life = ByteRange(start: 0, count: 1)

    init(
        beside lockFile: [UInt8], _ kernel: Kernel, log: @escaping @Sendable (String) -> Void
    ) throws(SystemError) {
        self.kernel = kernel
        self.log = log
        let path = lockFile + Array(".hosts".utf8)
        do throws(SystemError) {
            try kernel.makeDirectory(trusted: path)
        } catch .exists {
            // Some host was here before.
        }
        directory = try kernel.open(trusted: path, .directoryHandle)
        let me = try ProcessIdentity.current(kernel)
        name = me.name(.random(in: .min ... .max))
        file = try kernel.open(trusted: path + [PathBytes.slash] + name, .keep(mode: 0o600))
        try kernel.lock(Self.life, of: file, .exclusive)
        var hasFound = false
        for name in try Self.names(in: directory, kernel) where name != self.name {
            // Whatever else is wrong there, as something of somebody else's with such a name: it is no host's.
            if let wasGone = try? Self.removeIfGone(name, in: directory, kernel), wasGone { hasFound = true }
        }
        followsHostThatIsGone = hasFound
    }

    /// Whether it was the file of a host that is gone, and this has removed it.
    private static func removeIfGone(
        _ name: [UInt8], in directory: Descriptor, _ kernel: Kernel
    ) throws(SystemError) -> Bool {
        guard let process = ProcessIdentity(ofName: name), try !open(name, in: directory, kernel).lives,
            // Between making its file and locking it a host is alive, and not to be buried.
            try !process.isAlive(kernel)
        else { return false }
        try kernel.remove(name, in: directory, isDirectory: false)
        return true
    }

    /// The host ends in good order.
    func close() {
        // If it stays, the next host that starts removes it.
        try? kernel.remove(name, in: directory, isDirectory: false)
    }

    // MARK: - Telling

    struct Slot: Sendable {
        fileprivate var number: Int
    }

    func tell(_ record: HolderRecord, in slot: Slot?) -> Slot? {
        guard let slot = slot ?? takeSlot() else { return nil }
        write(record.bytes, in: slot)
        return slot
    }

    func clear(_ slot: Slot) {
        // Enough for the digest to be wrong, and for the state to be none.
        write([UInt8](repeating: 0, count: 9), in: slot)
        slots.withLock { $0.free.append(slot.number) }
    }

    private func takeSlot() -> Slot? {
        slots.withLock { slots in
            if let free = slots.free.popLast() { return Slot(number: free) }
            guard slots.count < Self.mostSlots else { return nil }
            slots.count += 1
            return Slot(number: slots.count - 1)
        }
    }

    private func write(_ bytes: [UInt8], in slot: Slot) {
        do throws(SystemError) {
            try kernel.write(bytes, to: file, at: slot.number * HolderRecord.size)
        } catch {
            let isFirst = slots.withLock { slots in
                defer { slots.hasFailed = true }
                return !slots.hasFailed
            }
            if isFirst { log("other hosts cannot be told what this one holds: \(error)") }
        }
    }

    // MARK: - Asking

    /// What a call tells.
    struct Told {
        var process: Int
        /// Whether its host does. What the call of one that is gone has locked stays locked until its own process is gone too.
        var lives: Bool
        var record: HolderRecord

        func holder(of range: ByteRange) -> OtherHolder {
            OtherHolder(
                process: process, call: record.call, tool: record.tool, since: record.since,
                isWaiting: range.start >= Region.waiting)
        }
    }

    /// Everything that is told now; less where it cannot be read.
    func told() -> [Told] {
        // Without some names, otherwise, and in no order.
        let names = (try? Self.names(in: directory, kernel)) ?? []
        return names.flatMap { name in (try? told(in: name)) ?? [] }
    }

    /// Nothing in what is not the file of a host.
    private func told(in name: [UInt8]) throws(SystemError) -> [Told] {
        guard let process = ProcessIdentity(ofName: name) else { return [] }
        let (file, lives) = name == self.name ? (file, true) : try Self.open(name, in: directory, kernel)
        let bytes = try kernel.read(file, from: 0, maximum: Self.mostSlots * HolderRecord.size)
        return stride(from: 0, to: bytes.count, by: HolderRecord.size).compactMap { start in
            HolderRecord(bytes[start..<min(start + HolderRecord.size, bytes.count)])
                .map { Told(process: process.number, lives: lives, record: $0) }
        }
    }

    private static func names(in directory: Descriptor, _ kernel: Kernel) throws(SystemError) -> [[UInt8]] {
        let readable = try kernel.open(PathBytes.dot, in: directory, .readDirectory)
        var names: [[UInt8]] = []
        try kernel.forEachName(in: readable) {
            names.append($0.name)
            return true
        }
        return names
    }

    /// The file of a host, which lives unless it has not locked it yet, or is gone.
    private static func open(
        _ name: [UInt8], in directory: Descriptor, _ kernel: Kernel
    ) throws(SystemError) -> (file: Descriptor, lives: Bool) {
        let file = try kernel.open(name, in: directory, .read)
        return (file, try kernel.rangeInTheWay(of: life, of: file, .shared) != nil)
    }
}

extension [HolderRecords.Told] {
    /// The call that has the range locked, if it says so. `own`: the caller's own byte. `orWhoMay`: if nobody says so, one that
    /// waits for it and may just have got it, or has just begun to wait there; or that of a host that is gone.
    func holder(of range: ByteRange, besides own: UInt32, orWhoMay: Bool) -> OtherHolder? {
        let candidates = others(on: range, besides: own)
        let sayIt = candidates.filter { $0.lives && ($0.record.state == .waits) == (range.start >= Region.waiting) }
        // Of several the longest there: it is the one that is not done.
        return (sayIt.isEmpty && orWhoMay ? candidates : sayIt).min { $0.record.since < $1.record.since }?
            .holder(of: range)
    }

    /// Whether somebody who has locked the range in the queue, or may have, still comes. Who says nothing may.
    func hasComing(_ range: ByteRange, besides own: UInt32, at now: UInt64) -> Bool {
        let candidates = others(on: range, besides: own).filter(\.lives)
        return candidates.isEmpty || candidates.contains { $0.record.isComing(at: now) }
    }

    private func others(on range: ByteRange, besides own: UInt32) -> Self {
        filter { $0.record.ownByte != own && $0.record.mayHaveLocked(range) }
    }

    /// Whether somebody who needs the same, and still comes, has waited longer; or the same time and is first by any rule.
    func hasOlder(than mine: HolderRecord) -> Bool {
        contains {
            $0.lives && $0.record.isComing(at: mine.told) && $0.record.mayExclude(mine)
                && ($0.record.since, $0.record.ownByte) < (mine.since, mine.ownByte)
        }
    }
}
