import StrictJSON

/// A JSON number without rounding: ±0.d₁d₂… as digits and a power of ten, so that 0.0075 is a multiple of 0.0001 and
/// integers may have any length.
struct ExactNumber: Sendable, Hashable {
    let isNegative: Bool
    /// Without zeros at either end; empty = zero.
    let digits: [UInt8]
    /// The value is `digits`, read as an integer, times ten to this power.
    let exponent: Int

    /// Exponents are cut here: what is smaller than this is compared with nothing that could tell the difference.
    private static let exponentLimit = 1 << 40

    /// For a literal that is well formed.
    init(_ literal: String) {
        var digits: [UInt8] = []
        var fraction = 0
        var rest = literal.utf8[...]
        isNegative = rest.first == UInt8(ascii: "-")
        var isFraction = false
        if isNegative { rest = rest.dropFirst() }
        while let byte = rest.first, byte | 0x20 != UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                digits.append(byte - UInt8(ascii: "0"))
                if isFraction { fraction += 1 }
            }
        }
        let written = rest.isEmpty ? 0 : Self.exponent(rest.dropFirst())
        let kept = digits.reversed().drop { $0 == 0 }.reversed()
        let trailing = digits.count - kept.count
        self.digits = Array(kept.drop { $0 == 0 })
        exponent = self.digits.isEmpty ? 0 : written - fraction + trailing
    }

    private static func exponent(_ text: Substring.UTF8View) -> Int {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = text.first == UInt8(ascii: "+") || isNegative ? text.dropFirst() : text
        var value = 0
        for byte in digits where value < exponentLimit { value = value * 10 + Int(byte - UInt8(ascii: "0")) }
        value = min(value, exponentLimit)
        return isNegative ? -value : value
    }

    var isZero: Bool { digits.isEmpty }
    var isInteger: Bool { exponent >= 0 }

    /// nil if it is no integer, is negative, or does not fit.
    var count: Int? {
        guard isInteger, !isNegative || isZero else { return nil }
        guard digits.count + exponent <= 18 else { return Int.max }
        return digits.reduce(0) { $0 * 10 + Int($1) } * (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    /// Whether this is an integer times `divisor`, which is positive and has at most `divisorDigits` digits.
    func isMultiple(of divisor: ExactNumber) -> Bool {
        if isZero { return true }
        // This one's digits do not end in a zero: with a smaller power of ten it cannot be a multiple of ten.
        let power = exponent - divisor.exponent
        guard power >= 0 else { return false }
        let modulus = divisor.digits.reduce(UInt128(0)) { $0 * 10 + UInt128($1) }
        let value = digits.reduce(UInt128(0)) { ($0 * 10 + UInt128($1)) % modulus }
        return value * Self.powerOfTen(power, modulo: modulus) % modulus == 0
    }

    /// So that products of two remainders fit into 128 bits.
    static let divisorDigits = 18

    private static func powerOfTen(_ power: Int, modulo modulus: UInt128) -> UInt128 {
        var (result, square, rest) = (1 % modulus, 10 % modulus, power)
        while rest > 0 {
            if rest & 1 == 1 { result = result * square % modulus }
            square = square * square % modulus
            rest >>= 1
        }
        return result
    }
}

extension ExactNumber: Comparable {
    static func < (a: ExactNumber, b: ExactNumber) -> Bool {
        if a.isZero || b.isZero { return a.isZero ? !b.isZero && !b.isNegative : a.isNegative }
        if a.isNegative != b.isNegative { return a.isNegative }
        return a.isNegative ? b.isSmallerInSize(than: a) : a.isSmallerInSize(than: b)
    }

    static func == (a: ExactNumber, b: ExactNumber) -> Bool {
        a.digits == b.digits && a.exponent == b.exponent && (a.isNegative == b.isNegative || a.isZero)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(digits)
        hasher.combine(exponent)
    }

    private func isSmallerInSize(than other: ExactNumber) -> Bool {
        let (mine, others) = (digits.count + exponent, other.digits.count + other.exponent)
        return mine == others ? digits.lexicographicallyPrecedes(other.digits) : mine < others
    }
}

/// A number of the schema that values are compared with.
struct NumberBound: Sendable {
    let literal: String
    private let exact: ExactNumber
    private let integer: Int?

    init(_ number: JSONNumber) {
        literal = number.literal
        exact = ExactNumber(number.literal)
        integer = Int(number.literal)
    }

    /// Negative: the value is smaller; 0: equal; positive: larger.
    func order(of value: JSONNumber) -> Int {
        if let integer, let value = Int(value.literal) { return value < integer ? -1 : value > integer ? 1 : 0 }
        let value = ExactNumber(value.literal)
        return value < exact ? -1 : value == exact ? 0 : 1
    }
}
