/// A pattern for whole paths: components apart by `/`, of which `**` stands for any number of names.
struct PathPattern: Sendable, Equatable {
    private enum Part: Sendable, Equatable {
        case anyNames
        case name(NamePattern)
    }

    private var parts: [Part] = []

    /// Nil for a malformed pattern.
    init?(_ pattern: ArraySlice<UInt8>) {
        let components = Self.components(pattern)
        for (index, component) in components.enumerated() {
            guard components.count > 1, component.count > 1, component.allSatisfy({ $0 == UInt8(ascii: "*") }) else {
                guard let name = NamePattern(component[...]) else { return nil }
                parts.append(.name(name))
                continue
            }
            if parts.last != .anyNames { parts.append(.anyNames) }
            // "a/**" is what is in a, and not a itself.
            if index == components.count - 1, let star = NamePattern([UInt8(ascii: "*")]) { parts.append(.name(star)) }
        }
    }

    var hasOneComponent: Bool { parts.count == 1 }

    /// As in NamePattern: when a path goes wrong behind a `**`, only the last `**` needs to take one name more.
    func matches(_ path: ArraySlice<[UInt8]>) -> Bool {
        var (part, place) = (0, path.startIndex)
        var retry: (part: Int, place: Int)?
        while place < path.endIndex {
            if part < parts.count, parts[part] == .anyNames {
                retry = (part, place)
                part += 1
            } else if part < parts.count, case .name(let name) = parts[part], name.matches(path[place]) {
                part += 1
                place += 1
            } else if let last = retry {
                retry = (last.part, last.place + 1)
                (part, place) = (last.part + 1, last.place + 1)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .anyNames }
    }

    /// Apart at `/`; a backslash before one means nothing.
    private static func components(_ pattern: ArraySlice<UInt8>) -> [[UInt8]] {
        var components: [[UInt8]] = [[]]
        var rest = pattern
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let next = rest.popFirst() {
                if next == UInt8(ascii: "/") {
                    components.append([])
                } else {
                    components[components.count - 1] += [byte, next]
                }
            } else if byte == UInt8(ascii: "/") {
                components.append([])
            } else {
                components[components.count - 1].append(byte)
            }
        }
        return components
    }
}
