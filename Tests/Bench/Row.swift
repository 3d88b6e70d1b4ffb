/// One line of the table: a thing, what it is measured against in the same run, and what is wanted of it.
struct Row: Sendable {
    enum Section: String, Sendable, CaseIterable {
        case calls = "What scheduling costs"
        case makespan = "How long a turn takes"
        case edits = "Nothing lost, nothing late"
        case handOver = "From one call to the next"
        case workers = "Calls in workers"
        case peers = "Other runners, in the same run"
    }

    /// What the figure of a round is.
    enum Unit: Sendable {
        /// The thing by the reference.
        case times
        /// How much more the thing takes, for each call.
        case microsecondsEach
        case bytesEach
        case millisecondsMore
        /// The thing itself: how many there are.
        case count(String)

        var words: String {
            switch self {
            case .times: "×"
            case .microsecondsEach: "µs a call more"
            case .bytesEach: "bytes a call"
            case .millisecondsMore: "ms more"
            case .count(let words): words
            }
        }

        func figure(_ round: Round) -> Double {
            let more = round.subject - round.reference
            return switch self {
            case .times: round.ratio
            case .microsecondsEach: more / Double(round.calls) / 1000
            case .bytesEach: more / Double(round.calls)
            case .millisecondsMore: more / 1_000_000
            case .count: round.subject
            }
        }
    }

    var name: String
    var section: Section
    var subject: String
    var reference: String
    var unit: Unit
    /// The median must not be above it.
    var goal: Double?
    var measure: @Sendable (Setting) async throws -> [Round]
}

/// Under which rows are measured.
struct Setting: Sendable {
    /// To see that it runs, and not how fast: the smallest sizes, one round.
    var isQuick: Bool
    /// An empty directory on the file system that is to be measured.
    var directory: String

    /// On a disk, as a checkout is, and not in /tmp, so that calls in workers have one of their own.
    static let place = "/var/tmp"

    func rounds(_ count: Int) -> Int { isQuick ? 1 : count }
    func size(_ size: Int, quick: Int) -> Int { isQuick ? min(size, quick) : size }
}

/// Every row there is.
enum Rows {
    static func all(peers: Bool) -> [Row] {
        // Workers first: what they are measured against are forks of this process, which cost more when it has grown.
        Workers.rows + CallCosts.rows + Ingest.rows + Makespans.rows + Slots.rows + Edits.rows + HandOvers.rows
            + Commands.rows + (peers ? Peers.rows : [])
    }
}
