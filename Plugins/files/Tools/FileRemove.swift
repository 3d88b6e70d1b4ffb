import InterlockKit

struct FileRemove: Tool {
    static let name = "file_remove"
    static let title = "Remove a file or directory"
    static let description = """
        Removes a file, a symbolic link (not what it points to) or an empty directory; with recursive, a directory with \
        everything below it. This cannot be undone.
        """
    static let traits: Traits = [.destructive, .idempotent, .reentrant]
    static let contract: Contract = [
        .writes("/path", [.removes, .entry]),
        .writes("/path", [.removes, .entry], scope: .subtree, when: [.equals("/recursive", true)]),
    ]
    static let input: Schema = .object(
        [
            "path": .path("What to remove."),
            "recursive": .boolean("Removes a directory that is not empty, too. Default: false."),
        ], optional: ["recursive"])

    struct Arguments: Decodable {
        var path: String
        var recursive: Bool?
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        try call.files.remove(arguments.path, recursively: arguments.recursive ?? false)
        try call.emit("removed \(arguments.path)\n")
    }
}
