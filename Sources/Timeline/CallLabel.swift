import Calls
import StrictJSON

/// A call in a few words: its tool, and the argument that tells it from its siblings.
package struct CallLabel: Sendable, Equatable {
    package var tool: String
    package var argument: String

    package init(tool: String, argument: String = "") {
        self.tool = tool
        self.argument = argument
    }

    package init(_ call: Call) {
        tool = Printable.text(call.tool)
        argument = Printable.text(Self.mainArgument(call.arguments))
    }

    /// What tools mostly call the thing that they work on, the most telling first.
    private static let telling = [
        "path", "file_path", "file", "from", "source", "directory", "command", "cmd", "pattern", "query", "url", "name",
        "label", "title", "id",
    ]
    /// Enough for any terminal; the arguments of a write may be megabytes.
    private static let longest = 400

    private static func mainArgument(_ arguments: Arguments) -> String {
        switch arguments {
        case .text(let text): firstLine(text)
        case .malformed: "(not valid JSON)"
        case .json(let json, _): mainArgument(json)
        }
    }

    private static func mainArgument(_ json: JSON) -> String {
        guard let members = json.object?.members else { return "" }
        func text(_ value: JSON) -> String? {
            switch value {
            case .string(let text) where !text.isEmpty: firstLine(text)
            case .number(let number): number.literal
            default: nil
            }
        }
        for name in telling {
            if let member = members.first(where: { $0.name == name }), let text = text(member.value) { return text }
        }
        if let text = members.lazy.compactMap({ text($0.value) }).first { return text }
        // A list of edits, say: what the first of them is about, and how many more there are.
        for member in members {
            guard let elements = member.value.array, let first = elements.first else { continue }
            let head = text(first) ?? mainArgument(first)
            if !head.isEmpty { return elements.count > 1 ? "\(head) +\(elements.count - 1)" : head }
        }
        return ""
    }

    private static func firstLine(_ text: String) -> String {
        let text = text.unicodeScalars.prefix(longest)
        return String(String.UnicodeScalarView(text.prefix { $0 != "\n" && $0 != "\r" }))
    }

    /// At most `columns` wide. The tool's name is kept as long as possible; the argument loses its middle, because the
    /// beginning and the end of a path say the most.
    func shortened(to columns: Int, _ style: PictureStyle) -> String {
        let tool = style.plain(tool)
        let argument = style.plain(argument)
        guard !argument.isEmpty else { return Terminal.shortened(tool, to: columns, style.ellipsis) }
        let room = columns - Terminal.columns(tool) - 1
        // With less room than this nobody recognises an argument.
        guard room >= 6 || room >= Terminal.columns(argument) else {
            return Terminal.shortened("\(tool) \(argument)", to: columns, style.ellipsis)
        }
        return "\(tool) \(Terminal.shortened(argument, to: room, style.ellipsis))"
    }
}
