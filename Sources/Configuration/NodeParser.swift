import Yams

/// YAML text to a ``Node``. A file in a cloned repository may be hostile: size, aliases, depth and number of nodes are
/// bounded, the first two before the YAML parser sees the text.
struct NodeParser {
    static let maximumBytes = 64 << 10
    static let maximumDepth = 32
    static let maximumNodes = 20_000
    /// Each alias can at most multiply what was there before; with so few, the product stays harmless.
    static let maximumAliases = 16

    private let file: String
    private var nodes = 0

    /// nil when the text holds no document (it is empty, or all comments).
    static func parse(_ text: String, file: String) throws(ConfigurationFailure) -> Node? {
        guard text.utf8.count <= maximumBytes else {
            throw ConfigurationFailure(
                file: file, "the file is larger than \(Quantities.text(bytes: maximumBytes))",
                help: "a configuration is small; look whether this is the right file")
        }
        try refuseManyAliases(text, file: file)
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch {
            throw failure(error, file: file)
        }
        guard let root else { return nil }
        var parser = NodeParser(file: file)
        return try parser.convert(root, depth: 1)
    }

    private init(file: String) {
        self.file = file
    }

    /// What looks like an alias: `*name` at the start of a token. It may count too many (in a comment), never too few.
    private static func refuseManyAliases(_ text: String, file: String) throws(ConfigurationFailure) {
        var count = 0
        var line = 1
        var previous = UInt8(ascii: "\n")
        for byte in text.utf8 {
            if byte == UInt8(ascii: "*"), " \t\r\n,[]{}:?-&".utf8.contains(previous) { count += 1 }
            guard count <= maximumAliases else {
                throw ConfigurationFailure(
                    at: Place(file: file, line: line, column: 1), "more than \(maximumAliases) aliases",
                    help: "write the values out instead of naming them with *")
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
    }

    private func place(_ mark: Mark?) -> Place {
        Place(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }

    private mutating func convert(_ node: Yams.Node, depth: Int) throws(ConfigurationFailure) -> Node {
        let place = place(node.mark)
        nodes += 1
        guard nodes <= Self.maximumNodes else {
            throw ConfigurationFailure(
                at: place, "more than \(Self.maximumNodes) values", help: "write fewer values, and no nested aliases")
        }
        guard depth <= Self.maximumDepth else {
            throw ConfigurationFailure(
                at: place, "nested deeper than \(Self.maximumDepth) levels",
                help: "a configuration is flatter than this")
        }
        switch node {
        case .scalar(let scalar):
            try refuseTag(scalar.tag, at: place)
            return .scalar(scalar.string, isPlain: scalar.style == .plain || scalar.style == .any, place)
        case .sequence(let sequence):
            try refuseTag(sequence.tag, at: place)
            var elements: [Node] = []
            for element in sequence { elements.append(try convert(element, depth: depth + 1)) }
            return .sequence(elements, place)
        case .mapping(let mapping):
            try refuseTag(mapping.tag, at: place)
            return .mapping(try entries(mapping, depth: depth), place)
        case .alias:
            throw ConfigurationFailure(at: place, "an alias that leads nowhere", help: "write the value out")
        }
    }

    private mutating func entries(
        _ mapping: Yams.Node.Mapping, depth: Int
    ) throws(ConfigurationFailure) -> [Node.Entry] {
        var entries: [Node.Entry] = []
        var seen: Set<[UInt8]> = []
        for (key, value) in mapping {
            let keyPlace = place(key.mark)
            guard case .scalar(let scalar) = key else {
                throw ConfigurationFailure(at: keyPlace, "a key must be a word", help: "use plain names as keys")
            }
            guard scalar.string != "<<" else {
                throw ConfigurationFailure(
                    at: keyPlace, "merge keys (<<) are not supported", help: "write the values out")
            }
            // YAML tells 1 from "1"; a reader of the file would not.
            guard seen.insert(Array(scalar.string.utf8)).inserted else {
                throw Self.duplicate(scalar.string, at: keyPlace)
            }
            entries.append(
                .init(key: scalar.string, keyPlace: keyPlace, value: try convert(value, depth: depth + 1)))
        }
        return entries
    }

    private func refuseTag(_ tag: Tag, at place: Place) throws(ConfigurationFailure) {
        let implicit: Set<Tag.Name> = [.implicit, .nonSpecific, .str, .seq, .map]
        guard implicit.contains(Tag.Name(rawValue: tag.description)) else {
            throw ConfigurationFailure(
                at: place, "the tag \(tag) is not supported", help: "write the value without a tag")
        }
    }

    private static func duplicate(_ key: String, at place: Place) -> ConfigurationFailure {
        ConfigurationFailure(
            at: place, "the key \"\(key)\" stands twice in one mapping", help: "keep one of the two")
    }

    /// The YAML parser's own errors, in our words.
    private static func failure(_ error: any Error, file: String) -> ConfigurationFailure {
        let help = "YAML is indented with spaces; a text with ':', '#', '*' or '&' in it needs quotes"
        guard let error = error as? YamlError else {
            return ConfigurationFailure(file: file, "the file cannot be read as YAML: \(error)", help: help)
        }
        func at(_ mark: Mark) -> Place { Place(file: file, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let context = context.map { " \($0.text)" } ?? ""
            return ConfigurationFailure(at: at(mark), "not valid YAML: \(problem)\(context)", help: help)
        case .duplicatedKeysInMapping(let keys, let context):
            return duplicate(keys.first ?? "", at: at(context.mark))
        case .reader(let problem, _, _, _):
            return ConfigurationFailure(file: file, "not valid YAML: \(problem)", help: help)
        default:
            return ConfigurationFailure(file: file, "the file cannot be read as YAML: \(error)", help: help)
        }
    }
}
