// A whole plugin in Swift: two tools, each with its contract beside its arguments, and the entry. The same boundary in C, explained
// line by line, is ../template-c/template.c.
import CInterlock
import InterlockKit

struct WordCount: Tool {
    static let name = "word_count"
    static let description = "Counts the words of a file."
    static let traits: Traits = [.readOnly, .reentrant]
    /// Data, not code: the host reads "/path" from the call's arguments before anything here runs.
    static let contract: Contract = [.reads("/path")]
    static let input: Schema = .object(["path": .string("The file, relative to the workspace.")])

    struct Arguments: Decodable { var path: String }

    func run(_ arguments: Arguments, _ call: Call) throws {
        let words = try call.files.read(arguments.path).text.split(whereSeparator: \.isWhitespace)
        try call.emit("\(words.count) words\n")
    }
}

/// Reads and writes. Between the two no sibling can come, for the claim is exclusive; people with editors take no claims, so
/// the write is conditional on the version that was read.
struct Shout: Tool {
    static let name = "shout"
    static let description = "Puts a file into upper case."
    static let traits: Traits = [.reentrant]
    static let contract: Contract = [.writes("/path")]
    static let input: Schema = .object(["path": .string("The file, relative to the workspace.")])

    struct Arguments: Decodable { var path: String }

    func run(_ arguments: Arguments, _ call: Call) throws {
        let file = try call.files.read(arguments.path)
        let text = try file.text.uppercased()
        try call.files.write(arguments.path, text: text, .isVersion(file.status.version))
        try call.emit("shouted\n")
    }
}

private let plugin = Plugin(id: "org.example.words", version: "1.0.0", tools: [WordCount(), Shout()])

/// The only exported function.
@c(ilk_plugin_v1) public func entry(_ hostMinor: UInt32) -> UnsafePointer<ilk_plugin>? {
    plugin.descriptor(hostMinor)
}
