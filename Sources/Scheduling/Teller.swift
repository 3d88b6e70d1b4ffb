import System

/// Says what there is to say of one call, in order and one thing after another. Who has something puts it in line, and then
/// speaks for all who stand there, unless somebody does so already: who comes meanwhile leaves it to that one. So nobody waits,
/// and what is said may lead to more being said.
final class Teller<Answer: Sendable>: Sendable {
    typealias Word = @Sendable () -> Answer?

    private struct State {
        var line: [Word] = []
        var isSpeaking = false
    }

    private let state = Guarded(State())

    func putInLine(_ word: @escaping Word) {
        state.withLock { $0.line.append(word) }
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
            return state.isSpeaking ? state.line.removeFirst() : nil
        }
    }
}
