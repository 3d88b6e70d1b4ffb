/// RFC 6901, with one addition for contracts: the segment `[]` stands for each element of an array.
package struct JSONPointer: Sendable, Hashable {
    package enum Segment: Sendable, Hashable {
        case name(String)
        case each
    }

    package struct Malformed: Error, Sendable {
        package var reason: String
    }

    package let segments: [Segment]
    /// As it was written.
    package let text: String

    package init(_ text: String) throws(Malformed) {
        guard text.isEmpty || text.utf8.first == UInt8(ascii: "/") else {
            throw Malformed(reason: "the pointer \"\(text)\" must be empty or begin with '/'")
        }
        var segments: [Segment] = []
        // By bytes: as Characters, a '/' may hide in a cluster with a combining mark.
        for part in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst() {
            let part = Array(part)
            segments.append(part == Array("[]".utf8) ? .each : .name(try Self.unescape(part)))
        }
        self.segments = segments
        self.text = text
    }

    /// Every value that the pointer finds; an element in which the rest of the pointer finds nothing yields nil.
    package func values(in root: JSON) -> [JSON?] {
        var found: [JSON?] = [root]
        for segment in segments {
            found = found.flatMap { value -> [JSON?] in
                guard let value else { return [nil] }
                return switch segment {
                case .each: value.array.map { $0.map(Optional.some) } ?? [nil]
                case .name(let name): [Self.member(name, of: value)]
                }
            }
        }
        return found
    }

    private static func member(_ name: String, of value: JSON) -> JSON? {
        switch value {
        case .object(let object): object[name]
        case .array(let elements): index(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        default: nil
        }
    }

    private static func index(_ text: String) -> Int? {
        guard let value = Int(text), String(value) == text else { return nil }
        return value
    }

    private static func unescape(_ part: [UInt8]) throws(Malformed) -> String {
        var result: [UInt8] = []
        var rest = part[...]
        while let tilde = rest.firstIndex(of: UInt8(ascii: "~")) {
            result += rest[..<tilde]
            switch rest[tilde...].dropFirst().first {
            case UInt8(ascii: "0"): result.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): result.append(UInt8(ascii: "/"))
            default: throw Malformed(reason: "'~' must be followed by 0 or 1")
            }
            rest = rest[tilde...].dropFirst(2)
        }
        return String(decoding: result + rest, as: UTF8.self)
    }
}

extension JSONPointer: ExpressibleByStringLiteral {
    /// For pointers that stand in the source; one that is malformed is a mistake there.
    package init(stringLiteral text: String) {
        do {
            try self.init(text)
        } catch {
            preconditionFailure(error.reason)
        }
    }
}
