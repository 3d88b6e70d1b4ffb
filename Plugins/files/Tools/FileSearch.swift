import FileEditing
import InterlockKit
import LinearRegex

struct FileSearch: Tool {
    static let name = "file_search"
    static let title = "Search in files"
    static let description = """
        Finds lines in text files that match a regular expression (RE2 syntax: no look-around, no back-references), or a \
        literal text. Answers "path:line: text", with "path-line- text" for context, sorted by path. Leaves out what \
        .gitignore files below path exclude, .git, binary files and symbolic links.
        """
    static let traits: Traits = [.readOnly, .idempotent, .reentrant]
    static let contract: Contract = [.reads("/path", .subtree, ifMissing: ".")]
    static let input: Schema = .object(
        [
            "pattern": .string("What to find; matched line by line.", minLength: 1),
            "path": .path("The directory, or the file, to search; the workspace by default."),
            "glob": .string(
                "Searches only files that fit: \"*.swift\" by name, \"src/**/*.{c,h}\" by path below the directory."),
            "literal": .boolean("Takes the pattern as plain text. Default: false."),
            "ignore_case": .boolean("Default: false."),
            "context": .integer("How many lines to show around each match. Default: 0.", min: 0, max: 20),
            "max_results": .integer(
                "How many matching lines at most. Default: \(defaultResults).", min: 1, max: maximumResults),
            "include_ignored": .boolean("Searches what .gitignore excludes, too. Default: false."),
        ], optional: ["path", "glob", "literal", "ignore_case", "context", "max_results", "include_ignored"])

    static let defaultResults = 100
    static let maximumResults = 2000

    struct Arguments: Decodable {
        var pattern: String
        var path: String?
        var glob: String?
        var literal: Bool?
        var ignoreCase: Bool?
        var context: Int?
        var maxResults: Int?
        var includeIgnored: Bool?

        enum CodingKeys: String, CodingKey {
            case pattern, path, glob, literal, context
            case ignoreCase = "ignore_case"
            case maxResults = "max_results"
            case includeIgnored = "include_ignored"
        }
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        var run = SearchRun(
            search: try Self.search(arguments), filter: try Self.filter(arguments.glob),
            context: arguments.context ?? 0, maximum: arguments.maxResults ?? Self.defaultResults)
        let root = arguments.path ?? "."
        let walk = TreeWalk(root: root, ignoreRules: !(arguments.includeIgnored ?? false))
        if try call.files.status(root).kind == .directory {
            run.left = try walk.visit(call) { entry in
                // In a linked work tree, .git is a file.
                if entry.kind == .file, entry.path.last != TreeWalk.git { try run.visit(entry.path, walk, call) }
                return !run.isFull
            }
        } else {
            run.filter = nil
            try run.visit([], walk, call)
        }
        try call.emit(lines: run.lines, notes: run.notes)
    }

    private static func search(_ arguments: Arguments) throws -> LineSearch {
        var options: LinearRegex.Options = [.lines]
        if arguments.literal ?? false { options.insert(.literal) }
        if arguments.ignoreCase ?? false { options.insert(.ignoresCase) }
        do {
            let regex = try LinearRegex(arguments.pattern, options: options)
            return LineSearch { regex.firstMatch(in: $0, from: $1) }
        } catch {
            throw ToolError("\(error); set literal to search for plain text", concernsArguments: true)
        }
    }

    private static func filter(_ glob: String?) throws -> PathFilter? {
        do {
            return try glob.map(PathFilter.init)
        } catch {
            throw ToolError(error.reason, concernsArguments: true)
        }
    }
}
