import FileEditing
import InterlockKit

struct FileEditInsert: Tool {
    static let name = "file_edit_insert"
    static let title = "Insert text into a file"
    static let description = """
        Inserts text into a file, directly before or after an anchor that must be found exactly once, exactly as given: \
        include the line breaks. Without an anchor, appends it on lines of its own. A missing file is created with the \
        text. The file's line ends are kept. Answers a diff.
        """
    static let traits: Traits = [.reentrant]
    static let contract: Contract = [.writes("/path", .createsFile)]
    static let input: Schema = .object(
        [
            "path": .path("The file."),
            "content": .string("The text to insert."),
            "insert_before": .string(
                "The text before which to insert; a literal, also over several lines.", minLength: 1),
            "insert_after": .string("The text after which to insert; not together with insert_before.", minLength: 1),
        ], optional: ["insert_before", "insert_after"])
    static let output: Schema? = TextEdit.report

    struct Arguments: Decodable {
        var path: String
        var content: String
        var insertBefore: String?
        var insertAfter: String?

        enum CodingKeys: String, CodingKey {
            case path, content
            case insertBefore = "insert_before"
            case insertAfter = "insert_after"
        }
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        let place = try Self.place(arguments)
        let content = Array(arguments.content.utf8)
        let edit = TextEdit(path: arguments.path, call: call)
        do {
            try edit.change { document throws(EditFailure) in
                (try Insertion(content, place).applied(to: document), nil)
            }
        } catch let error as HostError where error.code == .notFound {
            try edit.create(content, note: place == .end ? nil : "there was no file, so no anchor was looked for")
        }
    }

    private static func place(_ arguments: Arguments) throws -> Insertion.Place {
        switch (arguments.insertBefore, arguments.insertAfter) {
        case (let anchor?, nil): .before(Array(anchor.utf8))
        case (nil, let anchor?): .after(Array(anchor.utf8))
        case (nil, nil): .end
        case (.some, .some):
            throw ToolError("give insert_before or insert_after, not both", concernsArguments: true)
        }
    }
}
