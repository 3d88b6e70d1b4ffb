import Interlock
import StrictJSON

/// How one kind of value is read from a node. Each says exactly what it takes: a wrong type is an error, never converted.
struct Reader<Value: Sendable> {
    let read: (Node) throws(ConfigurationFailure) -> Value

    init(_ read: @escaping (Node) throws(ConfigurationFailure) -> Value) {
        self.read = read
    }

    /// With a check on top; the check returns what is wrong and a help, or nil.
    func checked(_ problem: @escaping (Value) -> (message: String, help: String)?) -> Reader {
        Reader { (node) throws(ConfigurationFailure) in
            let value = try read(node)
            if let problem = problem(value) {
                throw ConfigurationFailure(at: node.place, problem.message, help: problem.help)
            }
            return value
        }
    }

    func map<Other>(_ transform: @escaping (Value) -> Other) -> Reader<Other> {
        Reader<Other> { (node) throws(ConfigurationFailure) in transform(try read(node)) }
    }

    var located: Reader<Located<Value>> {
        Reader<Located<Value>> { (node) throws(ConfigurationFailure) in Located(try read(node), at: node.place) }
    }
}

extension Reader where Value == Bool {
    static var flag: Reader {
        Reader { (node) throws(ConfigurationFailure) in
            switch node {
            case .scalar("true", isPlain: true, _): return true
            case .scalar("false", isPlain: true, _): return false
            default: throw node.expected("true or false", help: "write true or false, without quotes")
            }
        }
    }
}

extension Reader where Value == Int {
    static func count(_ range: ClosedRange<Int>) -> Reader {
        Reader { (node) throws(ConfigurationFailure) in
            guard case .scalar(let text, true, _) = node, let value = Int(text), range.contains(value) else {
                throw node.expected(
                    "a whole number from \(range.lowerBound) to \(range.upperBound)",
                    help: "write it in digits, without quotes")
            }
            return value
        }
    }

    static var size: Reader { quantity("a size", Quantities.size) }
}

extension Reader where Value == Duration {
    static var durationOrZero: Reader { quantity("a duration", Quantities.duration) }
    static var duration: Reader { quantity("a duration", Quantities.positiveDuration) }
}

extension Reader {
    fileprivate static func quantity(
        _ what: String, _ parse: @escaping (String) throws(Quantities.Malformed) -> Value
    ) -> Reader {
        Reader { (node) throws(ConfigurationFailure) in
            guard case .scalar(let text, _, _) = node, !node.isNull else {
                throw node.expected(what, help: "write a number with its unit")
            }
            do throws(Quantities.Malformed) {
                return try parse(text)
            } catch {
                throw ConfigurationFailure(at: node.place, error.reason, help: error.help)
            }
        }
    }

    /// A list; one value alone is not a list.
    static func list<Element>(of element: Reader<Element>) -> Reader where Value == [Element] {
        Reader { (node) throws(ConfigurationFailure) in
            guard case .sequence(let nodes, _) = node else {
                throw node.expected("a list", help: "write [a, b], or a line \"- a\" for each")
            }
            var values: [Element] = []
            for node in nodes { values.append(try element.read(node)) }
            return values
        }
    }

    /// A mapping whose keys are names that the operator chooses.
    static func named<Element>(_ element: Reader<Element>) -> Reader where Value == [Named<Element>] {
        Reader { (node) throws(ConfigurationFailure) in
            if node.isNull { return [] }
            guard case .mapping(let entries, _) = node else {
                throw node.expected("a mapping from names to settings", help: "write \"name: …\" lines below the key")
            }
            var values: [Named<Element>] = []
            for entry in entries {
                values.append(Named(name: entry.key, place: entry.keyPlace, value: try element.read(entry.value)))
            }
            return values
        }
    }
}

/// A setting under a name that the operator chose.
package struct Named<Value: Sendable>: Sendable {
    package var name: String
    package var place: Place
    package var value: Value
}

extension Reader where Value == String {
    /// A text that is not empty. Plain `null` and `~` are nothing; numbers and booleans must be quoted to be text.
    static var text: Reader {
        Reader { (node) throws(ConfigurationFailure) in
            guard case .scalar(let text, _, _) = node, !node.isNull, !text.isEmpty else {
                throw node.expected("a text", help: "write a text; put it in quotes if YAML reads it otherwise")
            }
            guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
                throw ConfigurationFailure(
                    at: node.place, "the text has a control character in it", help: "write it without")
            }
            return text
        }
    }

    /// 64 hexadecimal digits, in lower case.
    static var sha256: Reader {
        text.map { $0.lowercased() }.checked { text in
            text.utf8.count == 64 && text.utf8.allSatisfy(Set("0123456789abcdef".utf8).contains)
                ? nil
                : (
                    "\"\(text.prefix(70))\" is not a SHA-256",
                    "write the 64 hexadecimal digits that `sha256sum FILE` prints"
                )
        }
    }

    /// A path below the workspace.
    static var inside: Reader {
        text.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 }.checked { path in
            let components = path.split(separator: "/", omittingEmptySubsequences: false)
            return components.contains { ["", ".", ".."].contains($0) }
                ? ("\"\(path)\" is not a path below the workspace", "write it like secrets/keys, without . and ..")
                : nil
        }
    }
}

extension Reader where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a few words.
    static func word(_ what: String) -> Reader {
        Reader { (node) throws(ConfigurationFailure) in
            let known = Value.allCases.map(\.rawValue)
            guard case .scalar(let text, _, _) = node, !node.isNull else {
                throw node.expected(
                    "\(what.first.map { "aeiou".contains($0) } ?? false ? "an" : "a") \(what)",
                    help: "write one of \(known.joined(separator: ", "))")
            }
            guard let value = Value(rawValue: text) else {
                throw unknown(what, text, among: known, at: node.place)
            }
            return value
        }
    }
}

extension Reader where Value == JSON {
    /// A mapping, for what a plugin's `init` takes.
    static var object: Reader {
        Reader { (node) throws(ConfigurationFailure) in
            guard case .mapping = node else {
                throw node.expected("a mapping", help: "write the plugin's settings as \"name: value\" lines")
            }
            return node.json
        }
    }
}

extension Node {
    /// As JSON would write it: plain `null`, `true`, `false` and numbers are themselves, all else is text.
    var json: JSON {
        switch self {
        case _ where isNull: .null
        case .scalar("true", isPlain: true, _): true
        case .scalar("false", isPlain: true, _): false
        case .scalar(let text, true, _): Self.number(text) ?? .string(text)
        case .scalar(let text, false, _): .string(text)
        case .sequence(let nodes, _): .array(nodes.map(\.json))
        case .mapping(let entries, _): .object(JSONObject(entries.map { ($0.key, $0.value.json) }))
        }
    }

    private static func number(_ text: String) -> JSON? {
        guard let value = try? JSONParser.parse(text), value.number != nil else { return nil }
        return value
    }
}

/// An unknown word where only some are known.
func unknown(_ what: String, _ name: String, among known: [String], at place: Place) -> ConfigurationFailure {
    let list = known.joined(separator: ", ")
    let help = name.nearest(in: known).map { "the nearest is \"\($0)\"; known are \(list)" }
    return ConfigurationFailure(at: place, "unknown \(what) \"\(name)\"", help: help ?? "known are \(list)")
}
