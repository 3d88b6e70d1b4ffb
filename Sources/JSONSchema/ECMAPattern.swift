import LinearRegex

/// Puts a pattern of ECMA-262 (with its `u` flag, as JSON Schema asks) into the spelling of the linear-time engine.
/// What no such engine can do - look around, refer back - is refused.
struct ECMAPattern {
    struct Failure: Error, CustomStringConvertible {
        var pattern: String
        var reason: String
        /// In Unicode scalars, from 0; nil when the engine refused the translation.
        var position: Int?

        var description: String {
            "the pattern \(quoted(pattern)) is refused\(position.map { " at character \($0 + 1)" } ?? ""): \(reason)"
        }
    }

    private let pattern: String
    let scalars: [Unicode.Scalar]
    var at = 0
    private var output: [UInt8] = []
    /// Where in the output the last thing begins that a quantifier can follow.
    private var atom: Int?
    private var openGroups: [Int] = []

    static func compile(_ pattern: String) throws(Failure) -> LinearRegex {
        let translation = try translate(pattern)
        do {
            return try LinearRegex(translation, memory: SchemaLimits.patternMemory)
        } catch {
            let part = error.fragment.isEmpty || error.reason.hasSuffix(error.fragment) ? "" : ": \(error.fragment)"
            throw Failure(pattern: pattern, reason: error.reason + part)
        }
    }

    static func translate(_ pattern: String) throws(Failure) -> String {
        var translator = ECMAPattern(pattern: pattern, scalars: Array(pattern.unicodeScalars))
        while let scalar = translator.next { try translator.term(scalar) }
        return String(decoding: translator.output, as: UTF8.self)
    }

    private init(pattern: String, scalars: [Unicode.Scalar]) {
        (self.pattern, self.scalars) = (pattern, scalars)
    }

    var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    func failure(_ reason: String, at place: Int? = nil) -> Failure {
        Failure(pattern: pattern, reason: reason, position: place ?? at)
    }

    func follows(_ text: String) -> Bool { scalars[at...].starts(with: text.unicodeScalars) }

    private mutating func emit(atom text: String) {
        atom = output.count
        output += text.utf8
    }

    private mutating func emit(mark text: String) {
        atom = nil
        output += text.utf8
    }

    private mutating func term(_ scalar: Unicode.Scalar) throws(Failure) {
        switch scalar {
        case "\\": emitEscape(try escape())
        case "[": emit(atom: try characterClass())
        case "(": try group()
        case ")":
            at += 1
            output.append(UInt8(ascii: ")"))
            atom = openGroups.popLast()
        case "*", "+", "?": try quantifier(least: scalar == "+" ? 1 : 0, most: scalar == "?" ? 1 : nil, from: at + 1)
        case "{": try braces()
        case ".":
            at += 1
            emit(atom: #"[^\n\r\x{2028}\x{2029}]"#)
        case "^", "$", "|":
            at += 1
            emit(mark: String(scalar))
        default:
            at += 1
            emit(atom: Self.literal(scalar))
        }
    }

    private mutating func emitEscape(_ escape: Escape) {
        switch escape {
        case .scalar(let scalar): emit(atom: Self.literal(scalar))
        case .boundary(let text): emit(mark: text)
        case .set(let set): emit(atom: Self.bracketed(set, isNegated: false))
        }
    }

    private mutating func group() throws(Failure) {
        let place = at
        at += 1
        if next == "?" {
            let refused = [
                ("?=", "look-ahead"), ("?!", "look-ahead"), ("?<=", "look-behind"), ("?<!", "look-behind"),
            ]
            if let (_, name) = refused.first(where: { follows($0.0) }) {
                throw failure("\(name) cannot be matched in linear time; several patterns in allOf may do", at: place)
            }
            if follows("?:") {
                at += 2
            } else if follows("?<"), let close = scalars[at...].firstIndex(of: ">"), close > at + 2 {
                at = close + 1
            } else {
                throw failure("this kind of group is not in ECMA-262", at: place)
            }
        }
        // Nothing can refer to a group: it only groups.
        openGroups.append(output.count)
        emit(mark: "(?:")
    }

    /// As it is written for the engine outside of a class.
    private static func literal(_ scalar: Unicode.Scalar) -> String {
        scalar.value == 0 ? #"\x00"# : LinearRegex.quote(String(scalar))
    }
}

// MARK: - Quantifiers

extension ECMAPattern {
    /// The most repetitions that the engine takes in one piece.
    private static let repetitionsAtOnce = 1000
    private static let repetitionsLimit = 100_000

    /// `{n}`, `{n,}`, `{n,m}`; any other brace is itself.
    private mutating func braces() throws(Failure) {
        guard let close = scalars[at...].firstIndex(of: "}"), let range = Self.range(scalars[at + 1..<close]) else {
            at += 1
            return emit(atom: #"\{"#)
        }
        try quantifier(least: range.least, most: range.most, from: close + 1)
    }

    private static func range(_ text: ArraySlice<Unicode.Scalar>) -> (least: Int, most: Int?)? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty,
            text.allSatisfy({ $0 == "," || ("0"..."9").contains($0) })
        else { return nil }
        func number(_ digits: ArraySlice<Unicode.Scalar>) -> Int {
            digits.reduce(0) { min($0 * 10 + Int($1.value - 0x30), repetitionsLimit + 1) }
        }
        let least = number(parts[0])
        if parts.count == 1 { return (least, least) }
        return (least, parts[1].isEmpty ? nil : number(parts[1]))
    }

    private mutating func quantifier(least: Int, most: Int?, from end: Int) throws(Failure) {
        guard let start = atom else { throw failure("there is nothing to repeat") }
        if let most, most < least { throw failure("the numbers of the repetition are out of order") }
        guard max(least, most ?? 0) <= Self.repetitionsLimit else {
            throw failure("more than \(Self.repetitionsLimit) repetitions")
        }
        at = end
        // Which match is found does not matter here, only whether there is one: greedy and lazy are the same.
        if next == "?" { at += 1 }
        let repeated = String(decoding: output[start...], as: UTF8.self)
        output.replaceSubrange(start..., with: Self.repeating(repeated, least, most).utf8)
        atom = nil
    }

    private static func repeating(_ text: String, _ least: Int, _ most: Int?) -> String {
        switch (least, most) {
        case (0, nil): return text + "*"
        case (1, nil): return text + "+"
        case (0, 1): return text + "?"
        case (...repetitionsAtOnce, nil): return text + "{\(least),}"
        default: break
        }
        if let most, most <= repetitionsAtOnce { return text + "{\(least),\(most)}" }
        // A larger repetition is a row of smaller ones.
        var row = "(?:"
        func add(_ count: Int, _ quantifier: (Int) -> String) {
            var rest = count
            while rest > 0 {
                row += text + quantifier(min(rest, repetitionsAtOnce))
                rest -= repetitionsAtOnce
            }
        }
        add(least) { "{\($0)}" }
        if let most { add(most - least) { "{0,\($0)}" } } else { row += text + "*" }
        return row + ")"
    }
}
