import FileEditing
import InterlockKit

struct FileEditReplaceString: Tool {
    static let name = "file_edit_replace_string"
    static let title = "Replace a string in a file"
    static let description = """
        Replaces a literal string in a file. It must be found exactly replace_count times (once, by default); all of these \
        are replaced. \\n in it matches any line end, and the file's line ends are kept. Answers a diff; if the string is \
        not found, what comes nearest.
        """
    static let traits: Traits = [.destructive, .reentrant]
    static let contract: Contract = [.writes("/path")]
    static let input: Schema = .object(
        [
            "path": .path("The file; it must exist."),
            "old_string": .string("The text to replace, with enough around it to be found once.", minLength: 1),
            "new_string": .string("The text to put in its place; empty to delete."),
            "replace_count": .integer(
                "How often old_string must be found, or -1: replace all there are. Default: 1.", min: -1),
        ], optional: ["replace_count"])
    static let output: Schema? = TextEdit.report

    struct Arguments: Decodable {
        var path: String
        var oldString: String
        var newString: String
        var replaceCount: Int?

        enum CodingKeys: String, CodingKey {
            case path
            case oldString = "old_string"
            case newString = "new_string"
            case replaceCount = "replace_count"
        }
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        let count = arguments.replaceCount ?? 1
        guard count > 0 || count == -1 else {
            throw ToolError("replace_count must be 1 or more, or -1 for all", concernsArguments: true)
        }
        let replacement = StringReplacement(
            Array(arguments.oldString.utf8), with: Array(arguments.newString.utf8), count == -1 ? .all : .exactly(count)
        )
        try TextEdit(path: arguments.path, call: call).change { document throws(EditFailure) in
            let result = try replacement.applied(to: document)
            return (result.bytes, result.replacements)
        }
    }
}
