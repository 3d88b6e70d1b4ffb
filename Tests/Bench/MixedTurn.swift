import Foundation
import TestSupport

/// A turn of reads, edits and searches over eight files in two directories, drawn from a seed; and which of its calls really
/// conflict, by a rule of its own.
struct MixedTurn {
    enum Kind: String { case look, change, survey }

    struct Step {
        var kind: Kind
        /// Of two.
        var directory: Int
        /// Of four; nil = all in the directory.
        var file: Int?

        var path: String { file.map { "d\(directory)/f\($0)" } ?? "d\(directory)" }

        /// A bit for each file that it needs.
        var files: UInt64 { (file.map { 1 << UInt64($0) } ?? 0b1111) << UInt64(4 * directory) }

        func conflicts(with other: Step) -> Bool {
            (kind == .change || other.kind == .change) && files & other.files != 0
        }
    }

    let steps: [Step]

    init(seed: UInt64, calls: Int = 12) {
        var random = SeededGenerator(seed: seed &* 31 &+ 5)
        steps = (0..<calls).map { _ in
            let kind: Kind = [.look, .look, .look, .change, .change, .survey][random.below(6)]
            return Step(kind: kind, directory: random.below(2), file: kind == .survey ? nil : random.below(4))
        }
    }

    /// The earlier calls that each has to wait for.
    var earlier: [[Int]] {
        steps.indices.map { place in (0..<place).filter { steps[$0].conflicts(with: steps[place]) } }
    }

    /// Calls that can only run one after another.
    var longestChain: Int {
        var lengths: [Int] = []
        for earlier in earlier { lengths.append(1 + (earlier.map { lengths[$0] }.max() ?? 0)) }
        return lengths.max() ?? 0
    }

    /// Whether some call started before an earlier one that conflicts with it. `started`: each call's place among the starts.
    func isReordered(_ started: [Int]) -> Bool {
        earlier.indices.contains { place in earlier[place].contains { started[$0] > started[place] } }
    }

    func makeFiles(in directory: String) throws {
        for number in 0..<8 {
            let file = URL(fileURLWithPath: "\(directory)/d\(number / 4)/f\(number % 4)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: file)
        }
    }
}
