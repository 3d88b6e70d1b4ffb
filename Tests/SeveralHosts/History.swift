import StrictJSON

/// What several hosts did to shared files, and whether it adds up.
package struct History: Sendable {
    struct Edit: Sendable {
        var line: String
        /// By the names of the first workspace.
        var files: [String]
        var sent: UInt64
        /// nil: never acknowledged; it may have happened or not.
        var ended: UInt64?
    }

    struct Read: Sendable {
        var id: String
        var file: String
        var text: String
        var sent: UInt64
    }

    var edits: [Edit] = []
    var reads: [Read] = []
    /// What should not have happened at all.
    var faults: [String] = []
    /// The processes, and those that calls were told to wait for.
    var hosts: Set<Int> = []
    var namedHolders: Set<Int> = []
    package private(set) var statistics = Statistics()

    package struct Statistics: Sendable, CustomStringConvertible {
        package var acknowledged = 0
        package var unacknowledged = 0
        package var reads = 0
        package var hosts = 0
        package var kills = 0
        /// Told to wait for another process, and for which.
        package var blocked = 0
        package var unnamed = 0
        package var longestWait = 0

        package init() {}

        package var description: String {
            "\(acknowledged) edits acknowledged and \(unacknowledged) not, \(reads) reads, \(kills) of \(hosts) hosts killed, "
                + "told \(blocked) times for whom a call waits, \(unnamed) times without a name, worst wait "
                + "\(longestWait / 1_000_000) ms"
        }

        package mutating func add(_ other: Statistics) {
            acknowledged += other.acknowledged
            unacknowledged += other.unacknowledged
            reads += other.reads
            hosts += other.hosts
            kills += other.kills
            blocked += other.blocked
            unnamed += other.unnamed
            longestWait = max(longestWait, other.longestWait)
        }
    }

    mutating func add(_ other: History) {
        edits += other.edits
        reads += other.reads
        faults += other.faults
        hosts.formUnion(other.hosts)
        namedHolders.formUnion(other.namedHolders)
        statistics.add(other.statistics)
    }

    // MARK: - Recording

    mutating func add(_ edit: Edit) {
        edits.append(edit)
        if edit.ended == nil { statistics.unacknowledged += 1 } else { statistics.acknowledged += 1 }
    }

    mutating func add(_ read: Read) {
        reads.append(read)
        statistics.reads += 1
    }

    mutating func add(host: Int, isKilled: Bool) {
        hosts.insert(host)
        statistics.hosts += 1
        statistics.kills += isKilled ? 1 : 0
    }

    mutating func addWaiting(_ call: HostProcess.Progress) {
        if let ingested = call.ingested, let started = call.started {
            statistics.longestWait = max(statistics.longestWait, started - ingested)
        }
        for holder in call.holders {
            statistics.blocked += 1
            // One that is killed just then has no name.
            if let process = holder["process"]?.number?.integer {
                namedHolders.insert(process)
            } else {
                statistics.unnamed += 1
            }
        }
    }
}

// MARK: - Whether it adds up

extension History {
    /// Everything that is wrong: acknowledged lines that are not there once, lines that nobody wrote, torn ones, lines in
    /// another order than that in which they were asked for and acknowledged, reads of what never was or was over, and
    /// processes named as holders that are none of the hosts.
    package func complaints(_ place: Playground) -> [String] {
        var complaints = faults
        let known = Dictionary(grouping: edits, by: \.line)
        for file in Set(edits.flatMap(\.files)).sorted() {
            let lines = place.lines(file)
            if let last = place.text(file).last, last != "\n" { complaints.append("\(file) is torn at its end") }
            complaints += miscounted(lines, file, known) + misplaced(lines, file, known)
            complaints += reads.filter { $0.file == file }.compactMap { misread($0, lines, known) }
        }
        if !namedHolders.isSubset(of: hosts) { complaints.append("holders \(namedHolders) are not all of \(hosts)") }
        return complaints
    }

    private func miscounted(_ lines: [String], _ file: String, _ known: [String: [Edit]]) -> [String] {
        var complaints: [String] = []
        var count: [String: Int] = [:]
        for line in lines { count[line, default: 0] += 1 }
        for edit in edits where edit.files.contains(file) && edit.ended != nil && count[edit.line] != 1 {
            complaints.append("\(file) has \(edit.line) \(count[edit.line] ?? 0) times, and it was acknowledged")
        }
        for (line, count) in count where known[line] == nil || count > 1 {
            complaints.append("\(file) has \(line) \(count) times")
        }
        return complaints
    }

    /// A line before which stands one that was only asked for when it was acknowledged already.
    private func misplaced(_ lines: [String], _ file: String, _ known: [String: [Edit]]) -> [String] {
        var earliestEnd = UInt64.max
        var complaints: [String] = []
        for line in lines.reversed() {
            guard let edit = known[line]?.first else { continue }
            if edit.sent > earliestEnd { complaints.append("\(file): \(line) stands before its time") }
            earliestEnd = min(earliestEnd, edit.ended ?? .max)
        }
        return complaints
    }

    /// Lines are only ever added: a read sees a beginning of what is there in the end, and all that was acknowledged before.
    private func misread(_ read: Read, _ lines: [String], _ known: [String: [Edit]]) -> String? {
        let seen = read.text.wholeLines
        if let last = read.text.last, last != "\n" { return "\(read.id) saw a torn \(read.file)" }
        guard lines.starts(with: seen) else { return "\(read.id) saw what never was in \(read.file): \(seen)" }
        let missed = lines.dropFirst(seen.count).first {
            known[$0]?.first?.ended.map { $0 < read.sent } ?? false
        }
        return missed.map { "\(read.id) did not see \($0), which was in \(read.file) already" }
    }
}
