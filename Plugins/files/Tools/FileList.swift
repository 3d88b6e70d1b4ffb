import FileEditing
import InterlockKit

struct FileList: Tool {
    static let name = "file_list"
    static let title = "List a directory"
    static let description = """
        Lists the names in a directory, sorted, one a line: directories end with "/", symbolic links with "@". With \
        recursive, everything below as paths relative to the directory; what .gitignore files there exclude, and the \
        inside of .git, is left out.
        """
    static let traits: Traits = [.readOnly, .idempotent, .reentrant]
    static let contract: Contract = [
        .lists("/path", ifMissing: "."),
        // Below, and for the .gitignore files there, more is read than names.
        .reads("/path", .subtree, ifMissing: ".", when: [.equals("/recursive", true)]),
    ]
    static let input: Schema = .object(
        [
            "path": .path("The directory; the workspace by default."),
            "recursive": .boolean("Lists everything below, too. Default: false."),
            "depth": .integer("With recursive: how many levels of directories to show; all by default.", min: 1),
            "include_ignored": .boolean("With recursive: shows what .gitignore excludes, too. Default: false."),
        ], optional: ["path", "recursive", "depth", "include_ignored"])

    static let maximumEntries = 2000

    struct Arguments: Decodable {
        var path: String?
        var recursive: Bool?
        var depth: Int?
        var includeIgnored: Bool?

        enum CodingKeys: String, CodingKey {
            case path, recursive, depth
            case includeIgnored = "include_ignored"
        }
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        let isRecursive = arguments.recursive ?? false
        let walk = TreeWalk(
            root: arguments.path ?? ".", depth: isRecursive ? arguments.depth ?? .max : 1,
            ignoreRules: isRecursive && !(arguments.includeIgnored ?? false))
        var lines: [String] = []
        var isCut = false
        let left = try walk.visit(call) { entry in
            guard lines.count < Self.maximumEntries else {
                isCut = true
                return false
            }
            lines.append(entry.path.shown + Self.mark(entry.kind))
            return true
        }
        var notes: [String] = []
        if isCut {
            let help = isRecursive ? "list a directory below, or set depth" : "file_search with a glob finds more"
            notes.append("only the first \(Self.maximumEntries) entries are shown; \(help)")
        }
        if left.ignored > 0 {
            notes.append("\(left.ignored) ignored entries are not shown; include_ignored shows them")
        }
        if let note = left.unreadableNote { notes.append(note) }
        if lines.isEmpty, notes.isEmpty { notes.append("the directory is empty") }
        try call.emit(lines: lines, notes: notes)
    }

    private static func mark(_ kind: FileKind) -> String {
        switch kind {
        case .directory: "/"
        case .symlink: "@"
        case .file, .other: ""
        }
    }
}
