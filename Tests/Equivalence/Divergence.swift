import Calls

/// Where a run differs from every order of events that the promise allows.
package struct Divergence: Error, Sendable, CustomStringConvertible {
    package var description: String

    private static let readOnly: Set = ["file_read", "file_list", "file_search"]

    /// Nil when the run could have come from running its calls one by one. Calls that never started are left out, for they
    /// must have left no trace. What a call did that started and did not end by itself is not known: all or nothing.
    package static func find(_ scenario: Scenario, _ run: ScenarioRun) async throws -> Divergence? {
        var certain: [Int] = []
        var unsure: [Int] = []
        for (place, outcome) in run.outcomes.enumerated() {
            switch outcome?.kind {
            case .cancelled, nil: break
            case .interrupted, .timedOut:
                if !readOnly.contains(scenario.steps[place].call.tool) { unsure.append(place) }
            default: certain.append(place)
            }
        }
        precondition(unsure.count <= 6, "too many calls whose effects are unknown")
        var first: Divergence?
        for choice in 0..<(1 << unsure.count) {
            let chosen = unsure.enumerated().filter { choice & 1 << $0.offset != 0 }.map(\.element)
            let expected = try await ScenarioRun(scenario, oneByOne: (certain + chosen).sorted())
            guard let difference = difference(scenario, run, expected, at: certain) else { return nil }
            first = first ?? Divergence(description: difference)
        }
        return first
    }

    private static func difference(
        _ scenario: Scenario, _ run: ScenarioRun, _ expected: ScenarioRun, at places: [Int]
    ) -> String? {
        func words<T>(_ value: T?) -> String { value.map { "\($0)" } ?? "-" }
        for place in places where run.outcomes[place] != expected.outcomes[place] {
            return """
                call \(place + 1), \(scenario.steps[place].call.words)
                  one by one: \(words(expected.outcomes[place]))
                  together:   \(words(run.outcomes[place]))
                """
        }
        for name in Set(run.tree.keys).union(expected.tree.keys).sorted() where run.tree[name] != expected.tree[name] {
            return "\(name)\n  one by one: \(words(expected.tree[name]))\n  together:   \(words(run.tree[name]))"
        }
        return nil
    }

    /// The smallest part of a scenario that still diverges: halves, quarters and so on of its calls are left out as long as
    /// it does. What depends on luck is tried several times.
    package static func shrink(
        _ scenario: Scenario, attempts: Int, diverges: (Scenario) async throws -> Bool
    ) async throws -> Scenario {
        var smallest = scenario
        var size = max(1, scenario.steps.count / 2)
        while true {
            var start = 0
            var hasShrunk = false
            while start < smallest.steps.count, smallest.steps.count > 1 {
                let candidate = smallest.without(start..<min(start + size, smallest.steps.count))
                var found = false
                for _ in 0..<attempts where !found { found = try await diverges(candidate) }
                if found {
                    smallest = candidate
                    hasShrunk = true
                } else {
                    start += size
                }
            }
            if size == 1, !hasShrunk { return smallest }
            size = max(1, size / 2)
        }
    }
}
