import StrictJSON

/// The sentences that tell a model what to write instead. Whatever they quote is cut to a readable length.
enum Wording {
    static let nothingAllowed = "no value is allowed here"
    private static let quotedLength = 80
    private static let listedNames = 12
    private static let explainedForms = 3

    static func cut(_ text: String) -> String {
        text.unicodeScalars.count <= quotedLength
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(quotedLength))) + "…"
    }

    static func count(_ count: Int, _ noun: String) -> String {
        if count == 1 { return "1 \(noun)" }
        return noun == "property" ? "\(count) properties" : "\(count) \(noun)s"
    }

    static func wrongType(_ types: TypeSet, _ value: JSON) -> String {
        let expected = TypeSet.named.filter { types.contains($0.type) }.map { phrase($0.name) }
        return "expected \(list(expected, "or")), got \(found(value))"
    }

    static func isAboutType(_ violation: Violation) -> Bool { violation.schema.hasSuffix("/type") }

    static func notAllowed(_ value: JSON, _ allowed: [JSON]) -> String {
        if allowed.count == 1 { return "must be \(cut(allowed[0].text)); it is \(cut(value.text))" }
        var message = "must be one of " + listed(allowed.map { cut($0.text) })
        if let text = value.string, let near = nearest(text, allowed.compactMap(\.string)) {
            message += "; did you mean \(quoted(near))?"
        }
        return message
    }

    static func unknownProperty(_ name: String, _ known: [String]) -> String {
        if let near = nearest(name, known) { return "unknown property; did you mean \(quoted(near))?" }
        if known.isEmpty { return "unknown property; none is allowed here" }
        return "unknown property; known are " + listed(known.map { quoted($0) })
    }

    static func missing(_ name: String, _ rules: Rules.ObjectRules, _ object: JSONObject) -> String {
        let unknown = object.members.map(\.name).filter { rules.properties[ByteString($0)] == nil }
        let help = nearest(name, unknown).map { "; there is \(quoted($0))" } ?? ""
        return "the required property \(quoted(name)) is missing\(help)"
    }

    static func tooMany(_ count: Int, _ most: Int) -> String {
        most == 0
            ? "must be empty; it has \(self.count(count, "item"))"
            : "must have at most \(self.count(most, "item")); it has \(count)"
    }

    static func noneFits(_ reasons: [[Violation]], below pointer: String) -> String {
        let firsts = reasons.prefix(explainedForms).enumerated().map { place, reasons in
            let reason = reasons.first.map { violation in
                let relative = violation.instance.dropFirst(pointer.count)
                return relative.isEmpty ? violation.message : "\(relative): \(violation.message)"
            }
            return "(\(place + 1)) \(reason ?? "it does not fit")"
        }
        let more = reasons.count > explainedForms ? "; and \(reasons.count - explainedForms) more" : ""
        return "fits none of the forms that are allowed: \(firsts.joined(separator: "; "))\(more)"
    }

    private static func phrase(_ type: String) -> String {
        switch type {
        case "null": "null"
        case "integer", "array", "object": "an \(type)"
        default: "a \(type)"
        }
    }

    private static func found(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .number(let number): "the number \(cut(number.literal))"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    private static func list(_ words: [String], _ conjunction: String) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
        return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
    }

    private static func listed(_ words: [String]) -> String {
        let shown = words.prefix(listedNames).joined(separator: ", ")
        return words.count > listedNames ? "\(shown) and \(words.count - listedNames) more" : shown
    }
}

/// In double quotes, as JSON writes it, cut to a readable length.
func quoted(_ text: String) -> String { JSON.string(Wording.cut(text)).text }

// MARK: - Near misses

extension Wording {
    private static let comparedLength = 64
    private static let comparedNames = 200

    /// The word that was probably meant: a third of it may be different, whatever the case and the word separators.
    static func nearest(_ word: String, _ candidates: [String]) -> String? {
        let word = simplified(word)
        guard !word.isEmpty, word.count <= comparedLength else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates.prefix(comparedNames) {
            let other = simplified(candidate)
            guard !other.isEmpty, other.count <= comparedLength else { continue }
            let distance = distance(word, other)
            guard distance * 3 <= max(word.count, other.count), distance < best?.distance ?? .max else { continue }
            best = (candidate, distance)
        }
        return best?.candidate
    }

    private static func simplified(_ word: String) -> [UInt8] {
        word.utf8.compactMap { byte in
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: " "): nil
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            default: byte
            }
        }
    }

    /// How many letters must be put in, taken out or changed.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let changed = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
