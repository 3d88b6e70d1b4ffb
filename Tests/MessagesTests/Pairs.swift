import Calls
import Messages
import StrictJSON
import Testing

/// For each format a message and its answer, as the APIs write them.
struct Pair: Sendable, CustomTestStringConvertible {
    var testDescription: String { format.rawValue }

    var format: MessageFormat
    var message: String
    var outcomes: [Outcome]
    var answer: String

    static let read = Outcome(.succeeded, content: [.text("text of a.txt")])
    static let done = Outcome(.succeeded, content: [.text("ok")])
    static let failed = Outcome(.failed, message: "no such text")

    static let all = [chat, responses, anthropic, gemini, lines]

    static let chat = Pair(
        format: .openai,
        message: #"""
            {"role": "assistant", "content": null, "tool_calls": [
              {"id": "call_1", "type": "function", "function": {"name": "read_file",
                "arguments": "{\"path\":\"a.txt\"}"}},
              {"id": "call_2", "type": "function", "function": {"name": "edit_file",
                "arguments": "{\"path\":\"a.txt\",\"old\":\"x\",\"new\":\"y\"}"}},
              {"id": "call_3", "type": "custom", "custom": {"name": "apply_patch", "input": "*** Begin Patch"}}]}
            """#,
        outcomes: [read, done, done],
        answer: """
            [{"role": "tool", "tool_call_id": "call_1", "content": "text of a.txt"},
             {"role": "tool", "tool_call_id": "call_2", "content": "ok"},
             {"role": "tool", "tool_call_id": "call_3", "content": "ok"}]
            """)

    static let responses = Pair(
        format: .responses,
        message: #"""
            {"output": [
              {"type": "reasoning", "id": "rs_1", "summary": []},
              {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "read_file",
               "arguments": "{\"path\":\"a.txt\"}", "status": "completed"},
              {"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_2", "name": "apply_patch",
               "input": "*** Begin Patch"}]}
            """#,
        outcomes: [read, done],
        answer: """
            [{"type": "function_call_output", "call_id": "call_1", "output": "text of a.txt"},
             {"type": "custom_tool_call_output", "call_id": "call_2", "output": "ok"}]
            """)

    static let anthropic = Pair(
        format: .anthropic,
        message: """
            {"role": "assistant", "content": [
              {"type": "text", "text": "Reading."},
              {"type": "tool_use", "id": "toolu_1", "name": "read_file", "input": {"path": "a.txt"}},
              {"type": "tool_use", "id": "toolu_2", "name": "edit_file",
               "input": {"path": "b.txt", "old": "x", "new": "y"}}]}
            """,
        outcomes: [read, failed],
        answer: """
            [{"role": "user", "content": [
              {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "text of a.txt"}]},
              {"type": "tool_result", "tool_use_id": "toolu_2", "content": "no such text", "is_error": true}]}]
            """)

    static let gemini = Pair(
        format: .gemini,
        message: """
            {"role": "model", "parts": [
              {"functionCall": {"id": "f1", "name": "read_file", "args": {"path": "a.txt"}},
               "thoughtSignature": "c2ln"},
              {"functionCall": {"name": "edit_file", "args": {"path": "b.txt", "old": "x", "new": "y"}}}]}
            """,
        outcomes: [read, failed],
        answer: """
            [{"role": "user", "parts": [
              {"functionResponse": {"id": "f1", "name": "read_file", "response": {"output": "text of a.txt"}}},
              {"functionResponse": {"name": "edit_file", "response": {"error": "no such text"}}}]}]
            """)

    static let lines = Pair(
        format: .jsonl,
        message: """
            {"id": "a", "tool": "read_file", "arguments": {"path": "a.txt"}}
            {"tool": "edit_file", "arguments": {"path": "b.txt", "old": "x", "new": "y"}}
            """,
        outcomes: [read, failed],
        answer: """
            [{"id": "a", "line": 1, "tool": "read_file", "outcome": "succeeded", "started": true,
              "text": "text of a.txt"},
             {"id": 2, "line": 2, "tool": "edit_file", "outcome": "failed", "started": true, "text": "no such text",
              "message": "no such text"}]
            """)
}

func parse(_ text: String, _ format: MessageFormat? = nil) throws -> ParsedTurn {
    try MessageParser.parse(Array(text.utf8), format: format)
}

extension ParsedTurn {
    /// Why the call at a place cannot run; nil if it can.
    func fault(_ place: Int) -> String? {
        if case .malformed(let reason) = turn.calls[place].arguments { reason } else { nil }
    }

    func argumentsText(_ place: Int) -> String? {
        switch turn.calls[place].arguments {
        case .json(_, let text), .text(let text): text
        case .malformed: nil
        }
    }

    /// The answer to a turn of one call.
    func answer(_ outcome: Outcome) -> JSON { .array(render(outcomes: [outcome])) }
}
