/// What one round found: the thing and its reference, measured moments apart. Both in nanoseconds, in bytes, or as a count.
struct Round: Sendable {
    var subject: Double
    var reference: Double
    /// How many calls both are of, where a figure is one call's.
    var calls = 1

    var ratio: Double { reference == 0 ? 0 : subject / reference }
}

extension Round {
    /// The two in turns, so that whatever else the machine does meets both; which comes first changes from round to round.
    /// `warms`: a first round is not counted.
    static func interleave(
        _ count: Int, calls: Int = 1, warms: Bool = true, subject: () async throws -> Double,
        reference: () async throws -> Double
    ) async throws -> [Round] {
        var rounds: [Round] = []
        for number in (warms ? -1 : 0)..<count {
            var round = Round(subject: 0, reference: 0, calls: calls)
            if number.isMultiple(of: 2) {
                round.subject = try await subject()
                round.reference = try await reference()
            } else {
                round.reference = try await reference()
                round.subject = try await subject()
            }
            if number >= 0 { rounds.append(round) }
        }
        return rounds
    }
}

/// The middle of several figures, and how far they lie apart.
struct Spread: Sendable, Codable {
    var median: Double
    var min: Double
    var max: Double

    init(_ figures: [Double]) {
        let sorted = figures.sorted()
        precondition(!sorted.isEmpty, "a row without a round")
        let middle = sorted.count / 2
        median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        min = sorted[0]
        max = sorted[sorted.count - 1]
    }
}
