extension JSON {
    /// One line, no spaces, members in their order.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Indented by two spaces.
    public var prettyText: String {
        var writer = JSONWriter(indentation: 2)
        writer.write(self, depth: 0)
        return String(decoding: writer.output, as: UTF8.self)
    }

    /// ``text`` in UTF-8.
    public var bytes: [UInt8] {
        var writer = JSONWriter(indentation: nil)
        writer.write(self, depth: 0)
        return writer.output
    }
}

private struct JSONWriter {
    let indentation: Int?
    var output: [UInt8] = []

    init(indentation: Int?) {
        self.indentation = indentation
    }

    mutating func write(_ value: JSON, depth: Int) {
        switch value {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .number(let number): output += number.literal.utf8
        case .string(let text): write(text)
        case .array(let elements):
            list("[", "]", elements, depth) { writer, element in writer.write(element, depth: depth + 1) }
        case .object(let object):
            list("{", "}", object.members, depth) { writer, member in
                writer.write(member.name)
                writer.output += (writer.indentation == nil ? ":" : ": ").utf8
                writer.write(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func list<T>(
        _ open: String, _ close: String, _ elements: [T], _ depth: Int, _ body: (inout JSONWriter, T) -> Void
    ) {
        output += open.utf8
        for (place, element) in elements.enumerated() {
            if place > 0 { output.append(UInt8(ascii: ",")) }
            newLine(depth + 1)
            body(&self, element)
        }
        if !elements.isEmpty { newLine(depth) }
        output += close.utf8
    }

    private mutating func newLine(_ depth: Int) {
        guard let indentation else { return }
        output.append(UInt8(ascii: "\n"))
        output += repeatElement(UInt8(ascii: " "), count: indentation * depth)
    }

    private mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output += "\\\"".utf8
            case UInt8(ascii: "\\"): output += "\\\\".utf8
            case 0x0A: output += "\\n".utf8
            case 0x0D: output += "\\r".utf8
            case 0x09: output += "\\t".utf8
            case ..<0x20:
                let digits = String(byte, radix: 16)
                output += "\\u00\(byte < 0x10 ? "0" : "")\(digits)".utf8
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
