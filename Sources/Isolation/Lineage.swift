import System

/// Which call's process a thread comes from, remembered: a program opens many files, and the way up to its call is long.
struct Lineage {
    struct Entry {
        /// The thread's own in /proc: nothing is in it when the thread is gone, whoever gets its number then.
        let directory: Descriptor
        let ticket: UInt64

        init?(of thread: Int32, _ ticket: UInt64) {
            guard let directory = try? Kernel().open(trusted: Array("/proc/\(thread)".utf8), .directoryHandle) else {
                return nil
            }
            self.directory = directory
            self.ticket = ticket
        }
    }

    private var known: [Int32: Entry] = [:]
    private let kernel = Kernel()
    private static let most = 64

    mutating func ticket(of thread: Int32) -> UInt64? {
        guard let entry = known[thread] else { return nil }
        if (try? kernel.status(Array("stat".utf8), in: entry.directory)) != nil { return entry.ticket }
        known[thread] = nil
        return nil
    }

    /// The thread must have lived when the entry was made.
    mutating func add(_ entry: Entry, _ thread: Int32) {
        if known.count >= Self.most { known.removeAll() }
        known[thread] = entry
    }
}
