/// How a plugin's code has fared, and what follows. Pure: it is told, and asked.
struct CrashRecord: Equatable {
    /// So many one after another, and nothing of the plugin is started any more.
    let most: Int
    /// Before a worker is started again; what it does is repeated as often as it crashes.
    private static let pauses: [UInt64] = [0, 100_000_000, 500_000_000]

    private(set) var inARow = 0
    /// The last one, in words.
    private(set) var last = ""

    init(most: Int) {
        self.most = most
    }

    var isQuarantined: Bool { inARow >= most }

    /// Nanoseconds to wait before the next start.
    var pause: UInt64 { Self.pauses[min(inARow, Self.pauses.count - 1)] }

    /// True if this is the crash that puts the plugin into quarantine.
    mutating func crashed(_ how: String) -> Bool {
        inARow += 1
        last = how
        return inARow == most
    }

    /// A call came to an end by itself.
    mutating func survived() {
        if !isQuarantined { inARow = 0 }
    }
}
