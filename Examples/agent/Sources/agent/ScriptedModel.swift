import Foundation
import Interlock

/// Stands in for a model's API: it answers with the messages of a file, one after another. Like an API it refuses a
/// conversation in which a call has no answer.
struct ScriptedModel {
    struct Refusal: Error {
        var reason: String
    }

    private let messages: [JSON]
    private let delay: Duration

    init(file: String, seconds: String?) throws {
        messages = try JSONParser.parse(String(contentsOfFile: file, encoding: .utf8)).array ?? []
        delay = .seconds(seconds.flatMap(Int.init) ?? 0)
    }

    func answer(to conversation: [JSON], tools: JSON) async throws -> JSON {
        // A cancelled task does not wait for it.
        try await Task.sleep(for: delay)
        let asked = conversation.flatMap { $0["tool_calls"]?.array ?? [] }.compactMap { $0["id"]?.string }
        let answered = conversation.compactMap { $0["tool_call_id"]?.string }
        guard asked == answered else { throw Refusal(reason: "asked \(asked), answered \(answered)") }
        let said = conversation.count { $0["role"] == "assistant" }
        guard messages.indices.contains(said) else { throw Refusal(reason: "the script has no more messages") }
        return messages[said]
    }
}
