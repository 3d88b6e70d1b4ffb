import InterlockKit

struct FileMove: Tool {
    static let name = "file_move"
    static let title = "Move or rename"
    static let description = """
        Moves or renames a file, directory or symbolic link. The destination is the new path itself, also when a directory \
        is there. Fails if something is there, unless overwrite lets a file replace a file.
        """
    static let traits: Traits = [.destructive, .reentrant]
    static let contract: Contract = [
        .writes("/source", [.removes, .entry], scope: .subtree),
        .writes("/destination", [.receives, .entry], scope: .subtree),
    ]
    static let input: Schema = .object(
        [
            "source": .path("What to move."),
            "destination": .path("Its new path."),
            "overwrite": .boolean("Replaces a file at the destination. Default: false."),
        ], optional: ["overwrite"])

    struct Arguments: Decodable {
        var source: String
        var destination: String
        var overwrite: Bool?
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        let overwrite = arguments.overwrite ?? false
        do {
            try call.files.rename(arguments.source, to: arguments.destination, replacing: overwrite)
        } catch {
            guard error.code == .exists, !overwrite else { throw error }
            throw ToolError("\(arguments.destination) exists; overwrite lets a file replace a file")
        }
        try call.emit("moved \(arguments.source) to \(arguments.destination)\n")
    }
}
