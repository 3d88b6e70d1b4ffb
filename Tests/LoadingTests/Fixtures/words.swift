import CInterlock
import InterlockKit

struct WordCount: Tool {
    static let name = "word_count"
    static let description = "Counts the words of a file."
    static let traits: Traits = [.readOnly, .reentrant]
    static let contract: Contract = [
        .reads("/path"), .units(pool: "readers", 1, capacity: 2, when: [.equals("/n", 3)]),
    ]
    static let input: Schema = .object(
        ["path": .string("The file, relative to the workspace."), "n": .integer(min: 0, max: 9)], optional: ["n"])

    struct Arguments: Decodable { var path: String }
    struct Result: Encodable { var words: Int }

    func run(_ arguments: Arguments, _ call: Call) throws {
        let text = try call.files.read(arguments.path).text
        let words = text.split(whereSeparator: \.isWhitespace).count
        try call.emit("\(words) words")
        try call.setResult(Result(words: words))
    }
}

struct Refuser: Tool {
    static let name = "refuser"
    static let description = "Fails in the way that it is asked for."
    static let input: Schema = .object(["how": .string(oneOf: ["tool", "host", "other"])])

    struct Arguments: Decodable { var how: String }
    struct Detail: Encodable { var how: String }
    struct Surprise: Error {}

    func run(_ arguments: Arguments, _ call: Call) throws {
        switch arguments.how {
        case "tool": throw ToolError("it is \"broken\"\n", details: Detail(how: "entirely"))
        case "host": try call.files.remove("missing")
        default: throw Surprise()
        }
    }
}

struct Whereabouts: Tool {
    static let name = "whereabouts"
    static let description = "Says where the roots are."
    static let input: Schema = .object([:])

    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ call: Call) throws {
        for root in try call.roots { try call.emit("\(root.name) at \(root.path)\n") }
    }
}

struct Settings: Decodable { var limit: Int }

let plugin = Plugin(id: "org.example.words", version: "1.0.0-beta.1", tools: [WordCount(), Refuser(), Whereabouts()]) {
    if try $0.decode(Settings.self).limit < 0 { throw ToolError("the limit is below 0") }
}

/// The one exported function: see interlock.h.
@c(ilk_plugin_v1) public func entry(_ hostMinor: UInt32) -> UnsafePointer<ilk_plugin>? {
    plugin.descriptor(hostMinor)
}
