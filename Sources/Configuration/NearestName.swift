/// The name among `candidates` that `name` was most likely meant to be; nil when none is near.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let scored = candidates.map { (candidate: $0, distance: editDistance(name.lowercased(), $0.lowercased())) }
    let best = scored.min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }
    // A third of the letters may be wrong; with more, a hint misleads.
    return best.flatMap { $0.distance <= max(1, name.count / 3) ? $0.candidate : nil }
}

/// How many letters must be inserted, removed, replaced, or exchanged with their neighbour to make `b` of `a`.
func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    // Three rows of the usual table: the one before the last is what an exchange of neighbours starts from.
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
            row.append(best)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
