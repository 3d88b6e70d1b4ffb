/// Reads one JSON text, strictly by RFC 8259, and refuses what other readers repair or guess at: duplicate names, invalid
/// UTF-8, lone surrogates, numbers too large for a Double, nesting beyond a limit, anything behind the value.
public struct JSONParser {
    /// Where the text is not JSON, and why.
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// From 1.
        public var line: Int
        /// From 1; counts bytes.
        public var column: Int
        /// What was expected, or what is not allowed.
        public var reason: String

        /// For people: `line 3, column 9: expected a value`.
        public var description: String { "line \(line), column \(column): \(reason)" }
    }

    /// How deep arrays and objects may be nested.
    public static let maximumDepth = 512

    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value that a whole text is.
    public static func parse(_ bytes: [UInt8]) throws(Failure) -> JSON {
        var parser = JSONParser(bytes)
        parser.skipSpace()
        let value = try parser.value()
        parser.skipSpace()
        guard parser.at == bytes.count else { throw parser.failure("expected nothing after the value") }
        return value
    }

    /// The value that a whole text is.
    public static func parse(_ text: String) throws(Failure) -> JSON {
        try parse(Array(text.utf8))
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func failure(_ reason: String, at place: Int? = nil) -> Failure {
        let before = bytes[..<min(place ?? at, bytes.count)]
        let line = before.count(where: { $0 == UInt8(ascii: "\n") }) + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return Failure(line: line, column: before.count - lineStart + 1, reason: reason)
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func value() throws(Failure) -> JSON {
        switch next {
        case UInt8(ascii: "{"): return .object(try nested { (parser) throws(Failure) in try parser.object() })
        case UInt8(ascii: "["): return .array(try nested { (parser) throws(Failure) in try parser.array() })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return .number(try number())
        case nil: throw failure("the text ends where a value is expected")
        default: throw failure("expected a value")
        }
    }

    private mutating func nested<T>(_ body: (inout JSONParser) throws(Failure) -> T) throws(Failure) -> T {
        depth += 1
        guard depth <= Self.maximumDepth else { throw failure("nested deeper than \(Self.maximumDepth) levels") }
        at += 1
        skipSpace()
        let result = try body(&self)
        depth -= 1
        return result
    }

    private mutating func word(_ text: String, _ value: JSON) throws(Failure) -> JSON {
        guard bytes[at...].starts(with: text.utf8) else { throw failure("expected a value") }
        at += text.utf8.count
        return value
    }

    private mutating func object() throws(Failure) -> JSONObject {
        var object = JSONObject()
        if next == UInt8(ascii: "}") {
            at += 1
            return object
        }
        while true {
            guard next == UInt8(ascii: "\"") else { throw failure("expected a member's name in double quotes") }
            let place = at
            let name = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw failure("expected ':' after a member's name") }
            at += 1
            skipSpace()
            guard object.insert(name, try value()) else {
                throw failure("the name \"\(name)\" stands twice in one object", at: place)
            }
            guard try separator(closing: UInt8(ascii: "}")) else { return object }
        }
    }

    private mutating func array() throws(Failure) -> [JSON] {
        var elements: [JSON] = []
        if next == UInt8(ascii: "]") {
            at += 1
            return elements
        }
        while true {
            elements.append(try value())
            guard try separator(closing: UInt8(ascii: "]")) else { return elements }
        }
    }

    /// After an element: true at a comma, false at the closing bracket.
    private mutating func separator(closing: UInt8) throws(Failure) -> Bool {
        skipSpace()
        switch next {
        case UInt8(ascii: ","):
            at += 1
            skipSpace()
            return true
        case closing:
            at += 1
            return false
        default: throw failure("expected ',' or '\(Character(UnicodeScalar(closing)))'")
        }
    }

    private mutating func number() throws(Failure) -> JSONNumber {
        let start = at
        func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }
        func digits(_ parser: inout JSONParser) throws(Failure) {
            guard isDigit(parser.next) else { throw parser.failure("expected a digit") }
            while isDigit(parser.next) { parser.at += 1 }
        }
        if next == UInt8(ascii: "-") { at += 1 }
        if next == UInt8(ascii: "0") {
            at += 1
            if isDigit(next) { throw failure("a number may not begin with 0", at: start) }
        } else {
            try digits(&self)
        }
        if next == UInt8(ascii: ".") {
            at += 1
            try digits(&self)
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            try digits(&self)
        }
        let literal = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let double = Double(literal), double.isFinite else {
            throw failure("the number \(literal.prefix(40)) is too large", at: start)
        }
        return JSONNumber(literal: literal, double: double)
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string() throws(Failure) -> String {
        let start = at
        at += 1
        var plainFrom = at
        var text: [UInt8] = []
        while true {
            guard let byte = next else { throw failure("the string is not closed", at: start) }
            switch byte {
            case UInt8(ascii: "\""):
                text.append(contentsOf: bytes[plainFrom..<at])
                at += 1
                guard let result = String(validating: text, as: UTF8.self) else {
                    throw failure("the string is not valid UTF-8", at: start)
                }
                return result
            case UInt8(ascii: "\\"):
                text.append(contentsOf: bytes[plainFrom..<at])
                at += 1
                try escape(into: &text)
                plainFrom = at
            case ..<0x20: throw failure("a control character must be written as an escape")
            default: at += 1
            }
        }
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        guard let byte = next else { throw failure("the string is not closed") }
        at += 1
        if let plain = Self.simpleEscapes[byte] {
            text.append(plain)
        } else if byte == UInt8(ascii: "u") {
            text.append(contentsOf: String(Character(try unicodeEscape())).utf8)
        } else {
            throw failure("unknown escape", at: at - 2)
        }
    }

    /// The scalar of `\uXXXX`, or of a pair of them; the first `\u` has been read.
    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let place = at - 2
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, next == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u")
        else {
            throw failure("a surrogate stands alone", at: place)
        }
        at += 2
        let second = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw failure("a surrogate stands alone", at: place) }
        return scalar
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw failure("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            at += 1
        }
        return value
    }
}
