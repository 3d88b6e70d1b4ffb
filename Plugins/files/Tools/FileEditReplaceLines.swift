import FileEditing
import InterlockKit

struct FileEditReplaceLines: Tool {
    static let name = "file_edit_replace_lines"
    static let title = "Replace lines of a file"
    static let description = """
        Replaces lines of a file by their numbers. Give expected_lines to be sure of what is replaced: earlier edits shift \
        the numbers. To insert before start_line, give end_line one less. The file's line ends are kept. Answers a diff.
        """
    static let traits: Traits = [.destructive, .reentrant]
    static let contract: Contract = [.writes("/path")]
    static let input: Schema = .object(
        [
            "path": .path("The file; it must exist."),
            "start_line": .integer("The first line to replace, from 1.", min: 1),
            "end_line": .integer("The last line to replace, included.", min: 0),
            "new_lines": .array(of: .string(), "The lines to put there; empty to delete."),
            "expected_lines": .array(of: .string(), "What is there now; if it is not, nothing is changed."),
        ], optional: ["expected_lines"])
    static let output: Schema? = TextEdit.report

    struct Arguments: Decodable {
        var path: String
        var startLine: Int
        var endLine: Int
        var newLines: [String]
        var expectedLines: [String]?

        enum CodingKeys: String, CodingKey {
            case path
            case startLine = "start_line"
            case endLine = "end_line"
            case newLines = "new_lines"
            case expectedLines = "expected_lines"
        }
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        func bytes(_ lines: [String]) -> [[UInt8]] { lines.map { Array($0.utf8) } }
        let replacement = LinesReplacement(
            start: arguments.startLine, end: arguments.endLine, new: bytes(arguments.newLines),
            expected: arguments.expectedLines.map(bytes))
        try TextEdit(path: arguments.path, call: call).change { document throws(EditFailure) in
            (try replacement.applied(to: document), nil)
        }
    }
}
