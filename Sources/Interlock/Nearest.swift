extension String {
    /// The option that is most like this one, if any is like it at all. What is longer than any name is like none.
    package func nearest(in options: some Sequence<String>) -> String? {
        guard utf8.count <= Self.longestName else { return nil }
        let limit = Swift.max(2, utf8.count / 3)
        return options.lazy.filter { abs($0.utf8.count - utf8.count) <= limit }.map {
            (option: $0, distance: distance(to: $0))
        }
        .filter { $0.distance <= limit }
        .min { ($0.distance, $0.option) < ($1.distance, $1.option) }?.option
    }

    private static let longestName = 256

    /// How many bytes must be inserted, removed or changed to turn this into `other`.
    private func distance(to other: String) -> Int {
        let target = Array(other.utf8)
        var row = Array(0...target.count)
        for (i, byte) in utf8.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, wanted) in target.enumerated() {
                let cost = Swift.min(diagonal + (byte == wanted ? 0 : 1), row[j] + 1, row[j + 1] + 1)
                diagonal = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[target.count]
    }
}
