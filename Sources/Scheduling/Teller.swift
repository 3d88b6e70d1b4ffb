import DequeModule
import System

/// Says what there is to say of one call, in order and one thing after another. Who has something puts it in line, and then
/// speaks for all who stand there, unless somebody does so already: who comes meanwhile leaves it to that one. So nobody waits,
/// and what is said may lead to more being said.
///
/// Of progress only the newest stands in line, so that the line is no longer than what else there is to say of a call.
final class Teller<Answer: Sendable>: Sendable {
    typealias Word = @Sendable () -> Answer?

    private struct State {
        var line: Deque<(word: Word, isProgress: Bool)> = []
        var isSpeaking = false
    }

    private let state = Guarded(State())

    func putInLine(isProgress: Bool = false, _ word: @escaping Word) {
        state.withLock { state in
            if isProgress, state.line.last?.isProgress == true { state.line.removeLast() }
            state.line.append((word, isProgress))
        }
    }

    /// Says all that is in line, and returns what it was answered.
    func speak() -> [Answer] {
        let isFirst = state.withLock { state in
            defer { state.isSpeaking = true }
            return !state.isSpeaking
        }
        var answers: [Answer] = []
        while isFirst, let word = next() {
            if let answer = word() { answers.append(answer) }
        }
        return answers
    }

    private func next() -> Word? {
        state.withLock { state in
            state.isSpeaking = !state.line.isEmpty
            return state.line.popFirst()?.word
        }
    }
}
