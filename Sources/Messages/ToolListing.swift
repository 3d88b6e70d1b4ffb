import Calls
import StrictJSON

/// Tools for people, at 80 columns.
///
///     read_file (read-only, idempotent), of dev.interlock.files
///         Reads a file.
///         Reads the file at `path`. Runs beside other readers; …
///         path: string, required
///             Which file.
enum ToolListing {
    static let width = 80

    static func text(_ tools: [Tool]) -> String {
        tools.map(entry).joined(separator: "\n")
    }

    private static func entry(_ tool: Tool) -> String {
        let traits = traits(of: tool)
        let title = tool.name + (traits.isEmpty ? "" : " (\(traits.joined(separator: ", ")))") + ", of \(tool.plugin)"
        var lines = wrap(title, indent: 0, hanging: 4)
        lines += wrap(tool.description, indent: 4)
        lines += wrap(ContractWords.sentences(tool.contract, tool.traits), indent: 4)
        let required = (tool.inputSchema["required"]?.array ?? []).compactMap(\.string)
        for (name, schema) in tool.inputSchema["properties"]?.object?.members ?? [] {
            let isRequired = required.contains { $0.utf8.elementsEqual(name.utf8) }
            let head = "\(name): \(type(of: schema))" + (isRequired ? ", required" : "")
            lines += wrap(head, indent: 4, hanging: 8)
            lines += wrap(schema["description"]?.string ?? "", indent: 8)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func traits(of tool: Tool) -> [String] {
        let names: [(trait: Tool.Traits, name: String)] = [
            (.readOnly, "read-only"), (.idempotent, "idempotent"), (.destructive, "destructive"),
            (.openWorld, "open world"), (.stateful, "stateful"), (.spawns, "runs programs"), (.network, "network"),
        ]
        return names.filter { tool.traits.contains($0.trait) }.map(\.name)
    }

    private static func type(of schema: JSON) -> String {
        if let values = schema["enum"]?.array { return values.map(\.text).joined(separator: " | ") }
        if let value = schema["const"] { return value.text }
        let types = schema["type"]?.string.map { [$0] } ?? schema["type"]?.array?.compactMap(\.string) ?? []
        let words = types.map { type in
            if type == "array", let items = schema["items"] { return "array of \(self.type(of: items))" }
            return type
        }
        return words.isEmpty ? "any" : words.joined(separator: " or ")
    }

    /// Breaks at spaces; a word longer than the width stands alone. Control characters count as spaces.
    static func wrap(_ text: String, indent: Int, hanging: Int? = nil) -> [String] {
        let words = Printable.text(text).split(separator: " ").map(String.init)
        var lines: [String] = []
        var line = ""
        for word in words {
            let margin = String(repeating: " ", count: lines.isEmpty ? indent : hanging ?? indent)
            if line.isEmpty {
                line = margin + word
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(repeating: " ", count: hanging ?? indent) + word
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
