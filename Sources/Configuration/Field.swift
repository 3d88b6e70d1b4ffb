import Interlock

/// One key that a section may have. A section's table of fields is its schema: what is read, and what is known.
struct Field<Section> {
    let name: String
    let isRequired: Bool
    let read: (inout Section, Node.Entry) throws(ConfigurationFailure) -> Void

    /// The value is kept with the place of its key.
    init<Value>(_ name: String, _ path: WritableKeyPath<Section, Located<Value>?>, _ reader: Reader<Value>) {
        self.name = name
        isRequired = false
        read = { (section, entry) throws(ConfigurationFailure) in
            section[keyPath: path] = Located(try reader.read(entry.value), at: entry.keyPlace)
        }
    }

    init<Value>(
        _ name: String, required: Bool = false, _ path: WritableKeyPath<Section, Value>, _ reader: Reader<Value>
    ) {
        self.name = name
        isRequired = required
        read = { (section, entry) throws(ConfigurationFailure) in
            section[keyPath: path] = try reader.read(entry.value)
        }
    }
}

/// A mapping with known keys.
protocol Section: Sendable {
    init()
    static var fields: [Field<Self>] { get }
    /// For messages: "limits", "a plugin".
    static var inWords: String { get }
}

extension Section {
    static var reader: Reader<Self> {
        Reader { (node) throws(ConfigurationFailure) in
            var section = Self()
            if node.isNull, !fields.contains(where: \.isRequired) { return section }
            let known = fields.map(\.name)
            guard case .mapping(let entries, let place) = node else {
                throw node.expected("a mapping", help: "\(inWords) has the keys \(known.joined(separator: ", "))")
            }
            for entry in entries {
                guard let field = fields.first(where: { $0.name == entry.key }) else {
                    throw unknown("key", entry.key, in: inWords, among: known, at: entry.keyPlace)
                }
                try field.read(&section, entry)
            }
            for field in fields where field.isRequired && !entries.contains(where: { $0.key == field.name }) {
                throw ConfigurationFailure(
                    at: place, "\(inWords) has no \"\(field.name)\"", help: "add a line \"\(field.name): …\"")
            }
            return section
        }
    }

    private static func unknown(
        _ what: String, _ name: String, in section: String, among known: [String], at place: Place
    ) -> ConfigurationFailure {
        let list = "\(section) has the keys \(known.joined(separator: ", "))"
        let help = name.nearest(in: known).map { "the nearest known key is \"\($0)\"; \(list)" }
        return ConfigurationFailure(at: place, "unknown \(what) \"\(name)\" in \(section)", help: help ?? list)
    }
}
