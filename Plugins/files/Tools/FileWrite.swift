import InterlockKit

struct FileWrite: Tool {
    static let name = "file_write"
    static let title = "Write a file"
    static let description = """
        Writes a whole file: creates it, with missing directories, or replaces all of its content, in one step. The mode \
        of a file that exists is kept; line ends are as given. To change a part of a file, use the edit tools.
        """
    static let traits: Traits = [.destructive, .idempotent, .reentrant]
    static let contract: Contract = [.writes("/path", .createsFile)]
    static let input: Schema = .object([
        "path": .path("The file."),
        "content": .string("The whole new content."),
    ])
    static let output: Schema? = .object(["path": .string(), "created": .boolean(), "bytes": .integer()])

    struct Arguments: Decodable {
        var path: String
        var content: String
    }

    private struct Report: Encodable {
        var path: String
        var created: Bool
        var bytes: Int
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        let bytes = Array(arguments.content.utf8)
        let created = try !Self.exists(arguments.path, call)
        try call.files.write(arguments.path, bytes)
        try call.setResult(Report(path: arguments.path, created: created, bytes: bytes.count))
        try call.emit("\(created ? "created" : "replaced") \(arguments.path) (\(bytes.count) bytes)\n")
    }

    private static func exists(_ path: String, _ call: Call) throws -> Bool {
        do {
            _ = try call.files.status(path)
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }
}
