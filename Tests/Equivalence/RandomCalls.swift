import Calls
import StrictJSON
import TestSupport

/// Calls of the files plugin that get into each other's way as much as a few names allow.
enum RandomCalls {
    static func path(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in random.pick(["a", "b", "c"]) }.joined(separator: "/")
    }

    static func call(_ number: Int, _ random: inout SeededGenerator) -> Call {
        let path = JSON.string(path(&random))
        let other = JSON.string(Self.path(&random))
        let line = JSON.string("by call \(number)\n")
        let options: [(String, JSON)] = [
            ("file_read", ["path": path]), ("file_read", ["path": path]),
            ("file_list", ["path": random.chance(20) ? "." : path]),
            ("file_list", ["path": path, "recursive": true]),
            ("file_search", ["pattern": "line|call", "path": random.chance(30) ? "." : path]),
            ("file_write", ["path": path, "content": line]), ("file_write", ["path": path, "content": line]),
            ("file_edit_insert", ["path": path, "content": line]),
            ("file_edit_insert", ["path": path, "content": line]),
            ("file_edit_replace_string", ["path": path, "old_string": "more", "new_string": line]),
            ("file_edit_replace_lines", ["path": path, "start_line": 1, "end_line": 1, "new_lines": [line]]),
            ("file_move", ["source": path, "destination": other]),
            ("file_move", ["source": path, "destination": other, "overwrite": true]),
            ("file_remove", ["path": path]), ("file_remove", ["path": path, "recursive": true]),
            ("file_mkdir", ["path": path]),
        ]
        let (tool, arguments) = random.pick(options)
        return Call(id: "c\(number)", tool: tool, arguments: .json(arguments, text: arguments.text))
    }
}

extension Call {
    package var words: String {
        if case .json(_, let text) = arguments { "\(tool) \(text)" } else { tool }
    }
}
