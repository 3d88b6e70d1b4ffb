import InterlockKit

struct FileMakeDirectory: Tool {
    static let name = "file_mkdir"
    static let title = "Make a directory"
    static let description = "Makes a directory, with missing ones above it. One that is already there is fine."
    static let traits: Traits = [.idempotent, .reentrant]
    static let contract: Contract = [.writes("/path", [.createsDirectory, .entry])]
    static let input: Schema = .object(["path": .path("The directory.")])
    static let output: Schema? = .object(["path": .string(), "created": .boolean()])

    struct Arguments: Decodable {
        var path: String
    }

    private struct Report: Encodable {
        var path: String
        var created: Bool
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        var created = true
        do {
            try call.files.makeDirectory(arguments.path)
        } catch {
            guard error.code == .exists,
                try call.files.status(arguments.path, followsLinks: false).kind == .directory
            else { throw error }
            created = false
        }
        try call.setResult(Report(path: arguments.path, created: created))
        try call.emit(created ? "made \(arguments.path)/\n" : "\(arguments.path)/ was already there\n")
    }
}
