import Calls

/// What an outcome says of its call though nothing failed, each thing once, and no more than can be of use: a write that was not
/// atomic, an owner that could not be kept.
struct OutcomeNotes {
    static let most = 100

    private var lines: [String] = []
    private var leftOut = 0

    mutating func add(_ notes: [String]) {
        for note in notes where !lines.contains(note) {
            if lines.count < Self.most { lines.append(note) } else { leftOut += 1 }
        }
    }

    var content: [Outcome.Content] {
        let all = leftOut == 0 ? lines : lines + ["\(leftOut) more such notes were left out"]
        return all.map { .text("\n[\($0)]") }
    }
}
