/// One component of a pattern, compared with one name of a path: `*`, `?`, `[a-z]`, `[!a]`, `[[:alpha:]]`, and `\` before
/// a character that means itself. By bytes, as git compares. Never more than (pattern × name) steps.
struct NamePattern: Sendable, Equatable {
    private enum Token: Sendable, Equatable {
        case byte(UInt8)
        case oneOf(ByteSet)
        case anything

        func matches(_ byte: UInt8) -> Bool {
            switch self {
            case .byte(let wanted): wanted == byte
            case .oneOf(let set): set.contains(byte)
            case .anything: false
            }
        }
    }

    private var tokens: [Token] = []

    /// Nil for a malformed pattern: a bracket that is not closed, an unknown class, a backslash at the end.
    init?(_ pattern: ArraySlice<UInt8>) {
        var rest = pattern
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"): if tokens.last != .anything { tokens.append(.anything) }
            case UInt8(ascii: "?"): tokens.append(.oneOf(.all))
            case UInt8(ascii: "["):
                guard let set = ByteSet(brackets: &rest) else { return nil }
                tokens.append(.oneOf(set))
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                tokens.append(.byte(escaped))
            default: tokens.append(.byte(byte))
            }
        }
    }

    /// When a name goes wrong behind a `*`, only the last `*` needs to take one byte more.
    func matches(_ name: [UInt8]) -> Bool {
        var (token, byte) = (0, 0)
        var retry: (token: Int, byte: Int)?
        while byte < name.count {
            if token < tokens.count, tokens[token] == .anything {
                retry = (token, byte)
                token += 1
            } else if token < tokens.count, tokens[token].matches(name[byte]) {
                token += 1
                byte += 1
            } else if let last = retry {
                retry = (last.token, last.byte + 1)
                (token, byte) = (last.token + 1, last.byte + 1)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { $0 == .anything }
    }
}

struct ByteSet: Sendable, Equatable {
    private var low: UInt128 = 0
    private var high: UInt128 = 0

    static let all: ByteSet = {
        var set = ByteSet()
        set.invert()
        return set
    }()

    init() {}

    func contains(_ byte: UInt8) -> Bool {
        (byte < 128 ? low : high) >> UInt128(byte & 127) & 1 == 1
    }

    mutating func insert(_ byte: UInt8) {
        if byte < 128 { low |= 1 << UInt128(byte) } else { high |= 1 << UInt128(byte & 127) }
    }

    mutating func invert() {
        (low, high) = (~low, ~high)
    }
}

// MARK: - Bracket expressions

extension ByteSet {
    /// What stands behind a `[`, up to its `]`, which is consumed too. A `]` at the front means itself.
    init?(brackets rest: inout ArraySlice<UInt8>) {
        self.init()
        let isNegated = rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^")
        if isNegated { rest.removeFirst() }
        var isFirst = true
        while true {
            guard let byte = rest.popFirst() else { return nil }
            if byte == UInt8(ascii: "]"), !isFirst { break }
            isFirst = false
            if byte == UInt8(ascii: "["), rest.first == UInt8(ascii: ":"), let name = Self.className(&rest) {
                guard let predicate = Self.classes[name] else { return nil }
                for member in UInt8.min...UInt8.max where predicate(member) { insert(member) }
                continue
            }
            guard let start = Self.member(byte, &rest), insertRange(from: start, &rest) else { return nil }
        }
        if isNegated { invert() }
    }

    /// `start`, or `start-end` if that follows; false if the pattern ends in it.
    private mutating func insertRange(from start: UInt8, _ rest: inout ArraySlice<UInt8>) -> Bool {
        insert(start)
        let next = rest.dropFirst().first
        guard rest.first == UInt8(ascii: "-"), let next, next != UInt8(ascii: "]") else { return true }
        rest.removeFirst(2)
        guard let end = Self.member(next, &rest) else { return false }
        if start <= end { for byte in start...end { insert(byte) } }
        return true
    }

    private static func member(_ byte: UInt8, _ rest: inout ArraySlice<UInt8>) -> UInt8? {
        byte == UInt8(ascii: "\\") ? rest.popFirst() : byte
    }

    /// "alpha", if `:alpha:]` follows, which is then consumed.
    private static func className(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "]")), end - rest.startIndex >= 2,
            rest[end - 1] == UInt8(ascii: ":")
        else { return nil }
        let name = String(decoding: rest[(rest.startIndex + 1)..<(end - 1)], as: UTF8.self)
        rest = rest[(end + 1)...]
        return name
    }

    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isLetter($0) || isDigit($0) },
        "alpha": { isLetter($0) },
        "blank": { $0 == 0x20 || $0 == 0x09 },
        "cntrl": { $0 < 0x20 || $0 == 0x7F },
        "digit": { isDigit($0) },
        "graph": { (0x21...0x7E).contains($0) },
        "lower": { (0x61...0x7A).contains($0) },
        "print": { (0x20...0x7E).contains($0) },
        "punct": { (0x21...0x7E).contains($0) && !isLetter($0) && !isDigit($0) },
        "space": { $0 == 0x20 || (0x09...0x0D).contains($0) },
        "upper": { (0x41...0x5A).contains($0) },
        "xdigit": { isDigit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0) },
    ]

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
