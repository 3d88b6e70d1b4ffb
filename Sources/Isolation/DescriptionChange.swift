import Calls

/// What differs between two things that a plugin said of itself: for the operator, and for the plugin's author.
enum DescriptionChange {
    private static let parts: [(name: String, isSame: @Sendable (Tool, Tool) -> Bool)] = [
        ("title", { $0.title == $1.title }),
        ("description", { $0.description == $1.description }),
        ("input schema", { $0.inputSchema == $1.inputSchema }),
        ("output schema", { $0.outputSchema == $1.outputSchema }),
        ("flags", { $0.traits == $1.traits }),
        ("contract", { $0.contract == $1.contract }),
    ]

    /// The first difference, in words.
    static func words(
        from old: (id: String, version: String, tools: [Tool]), to new: (id: String, version: String, tools: [Tool])
    ) -> String {
        if new.id != old.id { return "its id is \(new.id), and was \(old.id)" }
        if new.version != old.version { return "its version is \(new.version), and was \(old.version)" }
        let (names, before) = (new.tools.map(\.name), old.tools.map(\.name))
        if let added = names.first(where: { !before.contains($0) }) { return "the tool \"\(added)\" is new" }
        if let lost = before.first(where: { !names.contains($0) }) { return "the tool \"\(lost)\" is no more" }
        if names != before { return "its tools are in another order" }
        for (tool, before) in zip(new.tools, old.tools) {
            if let part = parts.first(where: { !$0.isSame(tool, before) }) {
                return "the tool \"\(tool.name)\" has another \(part.name)"
            }
        }
        return "something differs that this host makes no use of"
    }
}
