import StrictJSON
import Testing

@testable import JSONSchema

@Test(
    "multiples are exact",
    arguments: [
        ("0.0075", "0.0001", true), ("0.00751", "0.0001", false), ("19.99", "0.01", true), ("1e308", "0.5", true),
        ("1e308", "0.123456789", false), ("4.5", "1.5", true), ("35", "1.5", false), ("-6", "3", true),
        ("0", "7", true), ("0.0", "1e300", true), ("10", "1e1", true), ("5", "1e1", false),
        ("123456789012345678901234567890", "9", true), ("123456789012345678901234567891", "9", false),
        ("999999999999999999000000000000000000", "999999999999999999", true), ("1", "1e-400000", true),
        ("1e-400000", "1", false),
    ])
func multiples(value: String, divisor: String, expected: Bool) {
    #expect(ExactNumber(value).isMultiple(of: ExactNumber(divisor)) == expected)
}

@Test(
    "numbers are ordered by value, whatever their spelling",
    arguments: [
        ["-1e400", "-10", "-1.5", "-1", "-0.001", "0", "1e-400000", "0.1", "0.11", "1", "1.00000000000000000001", "2"],
        ["9223372036854775807", "9223372036854775808", "9223372036854775809", "1e19", "18446744073709551616"],
    ])
func numberOrder(numbers: [String]) {
    for (i, a) in numbers.enumerated() {
        for (j, b) in numbers.enumerated() {
            #expect((ExactNumber(a) < ExactNumber(b)) == (i < j), "\(a) < \(b)")
            #expect((ExactNumber(a) == ExactNumber(b)) == (i == j), "\(a) == \(b)")
        }
    }
}

@Test(
    "equal numbers are equal in every spelling",
    arguments: [["100", "1e2", "1.00E+2", "1000e-1"], ["0", "-0", "0.0", "0e999"]])
func spellings(numbers: [String]) {
    #expect(Set(numbers.map { ExactNumber($0) }).count == 1)
    #expect(numbers.allSatisfy { ExactNumber($0).isInteger })
}

@Test("bounds hold beyond Int64")
func numberBounds() throws {
    let schema = try Schema(JSONParser.parse(#"{"maximum": 9223372036854775808, "minimum": -1e30}"#))
    for (text, isValid) in [
        ("9223372036854775808", true), ("9223372036854775809", false), ("-1e30", true), ("-1.1e30", false),
    ] {
        #expect(try schema.validate(JSONParser.parse(text)).isEmpty == isValid, "\(text)")
    }
}

@Test(
    "integers may be of any length and spelling",
    arguments: [
        ("1.0", true), ("1e3", true), ("1.5", false), ("1e400000", nil), ("12345678901234567890123", true),
        ("1.00000000000000000001", false),
    ])
func integers(text: String, isInteger: Bool?) throws {
    guard let isInteger else {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(text) }
        return
    }
    #expect(try Schema(["type": "integer"]).validate(JSONParser.parse(text)).isEmpty == isInteger)
}
