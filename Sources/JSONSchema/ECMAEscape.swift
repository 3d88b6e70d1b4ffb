import LinearRegex

/// Escapes and classes of ECMA-262.
extension ECMAPattern {
    enum Escape {
        case scalar(Unicode.Scalar)
        /// `\b` and `\B`, outside of a class.
        case boundary(String)
        /// The inside of a class.
        case set(String)
    }

    /// White space and line terminators.
    private static let space =
        #"\t-\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}"#
    /// All but these.
    private static let notSpace =
        #"\x00-\x08\x0E-\x1F!-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027}\x{202A}-\x{202E}"#
        + #"\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{FEFE}\x{FF00}-\x{10FFFF}"#
    private static let all = #"\x00-\x{10FFFF}"#

    private static let sets: [Unicode.Scalar: String] = [
        "d": "0-9", "D": #"\x00-/:-\x{10FFFF}"#, "w": "0-9A-Z_a-z", "W": #"\x00-/:-@\[-\^`\{-\x{10FFFF}"#,
        "s": space, "S": notSpace,
    ]
    private static let controls: [Unicode.Scalar: Unicode.Scalar] = [
        "t": "\t", "n": "\n", "v": "\u{0B}", "f": "\u{0C}", "r": "\r",
    ]

    /// At a backslash.
    mutating func escape(inClass: Bool = false) throws(Failure) -> Escape {
        let place = at
        at += 1
        guard let letter = next else { throw failure("a backslash stands at the end", at: place) }
        at += 1
        if let set = Self.sets[letter] { return .set(set) }
        if let control = Self.controls[letter] { return .scalar(control) }
        switch letter {
        case "b", "B":
            if !inClass { return .boundary("\\" + String(letter)) }
            if letter == "b" { return .scalar("\u{08}") }
            throw failure("\\B cannot stand in a class", at: place)
        case "c": return .scalar(try control(place))
        case "x": return .scalar(try scalar(try hexadecimal(2, place), place))
        case "u": return .scalar(try unicode(place))
        case "p", "P": return .set(try property(isNegated: letter == "P", place))
        case "0":
            if let digit = next, ("0"..."9").contains(digit) {
                throw failure("octal escapes are not allowed", at: place)
            }
            return .scalar("\0")
        case "1"..."9", "k":
            throw failure("a back-reference cannot be matched in linear time", at: place)
        case "A"..."Z", "a"..."z":
            let help = letter == "A" || letter == "Z" || letter == "z" ? "; '^' and '$' stand for the ends" : ""
            throw failure("\\\(letter) is no escape of ECMA-262\(help)", at: place)
        default: return .scalar(letter)
        }
    }

    private mutating func control(_ place: Int) throws(Failure) -> Unicode.Scalar {
        guard let letter = next, letter.isASCII, letter.properties.isAlphabetic else {
            throw failure("\\c must be followed by a letter", at: place)
        }
        at += 1
        return Unicode.Scalar(UInt8(letter.value & 0x1F))
    }

    private mutating func hexadecimal(_ count: Int, _ place: Int) throws(Failure) -> UInt32 {
        let digits = String(String.UnicodeScalarView(scalars[at...].prefix(count)))
        guard digits.utf8.count == count, digits.utf8.first != UInt8(ascii: "+"),
            let value = UInt32(digits, radix: 16)
        else { throw failure("expected \(count) hexadecimal digits", at: place) }
        at += count
        return value
    }

    /// `\uXXXX`, a pair of them, or `\u{X…}`; the `\u` has been read.
    private mutating func unicode(_ place: Int) throws(Failure) -> Unicode.Scalar {
        if next == "{" {
            guard let close = scalars[at...].firstIndex(of: "}"), close > at + 1, close - at <= 9 else {
                throw failure("\\u{ is not closed", at: place)
            }
            at += 1
            let value = try hexadecimal(close - at, place)
            at = close + 1
            return try scalar(value, place)
        }
        let first = try hexadecimal(4, place)
        guard (0xD800..<0xDC00).contains(first), follows("\\u") else { return try scalar(first, place) }
        at += 2
        let second = try hexadecimal(4, place)
        guard (0xDC00..<0xE000).contains(second) else { return try scalar(first, place) }
        return try scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), place)
    }

    private func scalar(_ value: UInt32, _ place: Int) throws(Failure) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(value) else {
            throw failure("no text has the character that this escape stands for", at: place)
        }
        return scalar
    }

    /// `\p{…}`; the `\p` has been read.
    private mutating func property(isNegated: Bool, _ place: Int) throws(Failure) -> String {
        guard next == "{", let close = scalars[at...].firstIndex(of: "}") else {
            throw failure("\\p must be followed by a property in braces", at: place)
        }
        let text = String(String.UnicodeScalarView(scalars[at + 1..<close]))
        at = close + 1
        switch text {
        case "Any": return isNegated ? "" : Self.all
        case "ASCII": return isNegated ? #"\x{80}-\x{10FFFF}"# : #"\x00-\x7F"#
        default:
            guard let name = UnicodeProperty.name(text) else {
                throw failure(
                    "the property \(quoted(text)) is not known; general categories and scripts are", at: place)
            }
            return (isNegated ? "\\P{" : "\\p{") + name + "}"
        }
    }
}

// MARK: - Classes

extension ECMAPattern {
    /// At its opening bracket.
    mutating func characterClass() throws(Failure) -> String {
        let place = at
        at += 1
        let isNegated = next == "^"
        if isNegated { at += 1 }
        var inside = ""
        while true {
            guard let scalar = next else { throw failure("the class is not closed", at: place) }
            if scalar == "]" { break }
            inside += try classRange()
        }
        at += 1
        return Self.bracketed(inside, isNegated: isNegated)
    }

    /// The engine has no empty class: nothing is all but everything.
    static func bracketed(_ inside: String, isNegated: Bool) -> String {
        if inside.isEmpty { return isNegated ? "[" + all + "]" : "[^" + all + "]" }
        return (isNegated ? "[^" : "[") + inside + "]"
    }

    private mutating func classRange() throws(Failure) -> String {
        let place = at
        let first = try classMember()
        guard next == "-", at + 1 < scalars.count, scalars[at + 1] != "]" else { return Self.inside(first) }
        at += 1
        let last = try classMember()
        guard case .scalar(let low) = first, case .scalar(let high) = last else {
            throw failure("a range must be between two characters", at: place)
        }
        guard low <= high else { throw failure("the range is out of order", at: place) }
        return Self.inside(first) + "-" + Self.inside(last)
    }

    private mutating func classMember() throws(Failure) -> Escape {
        if next == "\\" { return try escape(inClass: true) }
        guard let scalar = next else { throw failure("the class is not closed") }
        at += 1
        return .scalar(scalar)
    }

    private static func inside(_ member: Escape) -> String {
        switch member {
        case .scalar(let scalar): "\\x{" + String(scalar.value, radix: 16) + "}"
        case .boundary(let text), .set(let text): text
        }
    }
}

/// The Unicode properties that the engine knows, by the names that ECMA-262 gives them.
private enum UnicodeProperty {
    /// General categories: long names and other names to short ones.
    private static let categories: [String: String] = [
        "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll",
        "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Combining_Mark": "M",
        "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd",
        "digit": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "punct": "P",
        "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd", "Open_Punctuation": "Ps", "Close_Punctuation": "Pe",
        "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf", "Other_Punctuation": "Po", "Symbol": "S",
        "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk", "Other_Symbol": "So",
        "Separator": "Z", "Space_Separator": "Zs", "Line_Separator": "Zl", "Paragraph_Separator": "Zp",
        "Control": "Cc", "cntrl": "Cc", "Format": "Cf", "Private_Use": "Co",
    ]
    private static let short = Set(categories.values)

    /// For the engine; nil if it has none. Scripts are left to it.
    static func name(_ text: String) -> String? {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count) {
        case (_, 1), ("General_Category", 2), ("gc", 2):
            let category = categories[parts[parts.count - 1]] ?? parts[parts.count - 1]
            return short.contains(category) ? category : nil
        case ("Script", 2), ("sc", 2):
            let isName = parts[1].utf8.allSatisfy { byte in
                (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "_")
            }
            return isName && !short.contains(parts[1]) ? parts[1] : nil
        default: return nil
        }
    }
}
