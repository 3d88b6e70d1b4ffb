import LinearRegex
import Testing

@testable import JSONSchema

@Test(
    "patterns of ECMA-262 match what ECMA-262 says",
    arguments: [
        (#"^\/a\-b$"#, "/a-b", true), (#"^[\w.-]+$"#, "a-b.c", true), (#"^[\w.-]+$"#, "é", false),
        (#"^\u00e9$"#, "é", true), (#"^\u{1F600}$"#, "😀", true), (#"^\uD83D\uDE00$"#, "😀", true), ("^.$", "😀", true),
        ("^.$", "\u{2028}", false), ("^.$", "\n", false), ("^[^]$", "\n", true), ("[]", "a", false),
        ("^a$", "a\n", false),
        (#"^\cJ$"#, "\n", true), (#"^[\b]$"#, "\u{8}", true), (#"^\x41$"#, "A", true), (#"^\0$"#, "\0", true),
        (#"^\p{Lu}$"#, "É", true), (#"^\p{Uppercase_Letter}$"#, "É", true), (#"^\P{Letter}$"#, "1", true),
        (#"^\p{gc=Nd}$"#, "٣", true), (#"^\p{Script=Greek}+$"#, "αβ", true), (#"^[\p{L}\d]+$"#, "ä1", true),
        (#"^[^\p{L}\d]+$"#, "ä1", false), (#"^\p{ASCII}$"#, "é", false), (#"^\P{ASCII}$"#, "é", true),
        (#"^\P{Any}$"#, "a", false), (#"^(?<year>\d{4})-(?:\d\d)$"#, "2024-01", true), ("^a{,3}$", "a{,3}", true),
        ("^[[]$", "[", true), ("^[a&&b]+$", "&&", true), (#"^[\S]$"#, " ", false), (#"^[^\S]$"#, " ", true),
        ("^[a-]$", "-", true), ("^[-a]$", "-", true), ("^x*?y+?z??$", "xy", true), ("^(a|b){2}$", "ab", true),
        (#"^\^\$\.\*\(\)\[\]\{\}\|\\$"#, #"^$.*()[]{}|\"#, true), ("a]", "a]", true), ("}", "}", true),
        ("#", "#", true),
        (#"^\w+\b!$"#, "ab!", true), ("(?:)", "", true), ("^$", "", true), ("", "anything", true),
    ])
func matching(pattern: String, text: String, expected: Bool) throws {
    #expect(try ECMAPattern.compile(pattern).matches(text) == expected)
}

@Test("repetitions beyond what the engine takes at once are rows of smaller ones")
func repetitions() throws {
    let name = try ECMAPattern.compile("^[a-z]{1,2500}$")
    #expect(name.matches(String(repeating: "a", count: 2500)) && !name.matches(String(repeating: "a", count: 2501)))
    #expect(!name.matches(""))
    let least = try ECMAPattern.compile("^(?:ab){1200,}$")
    #expect(least.matches(String(repeating: "ab", count: 1201)) && !least.matches(String(repeating: "ab", count: 1199)))
    #expect(throws: ECMAPattern.Failure.self) { try ECMAPattern.compile("^.{1,999999}$") }
}

@Test(
    "what has no linear time, or no meaning, is refused with its place",
    arguments: [
        ("a(?=b)", 2, "look-ahead"), ("(?!a)", 1, "look-ahead"), ("(?<=a)b", 1, "look-behind"),
        ("(?<!a)b", 1, "look-behind"), (#"(a)\1"#, 4, "back-reference"), (#"\k<a>"#, 1, "back-reference"),
        (#"\Aa"#, 1, "stand for the ends"), (#"a\"#, 2, "stands at the end"), ("[a", 1, "not closed"),
        ("[b-a]", 2, "out of order"), ("*a", 1, "nothing to repeat"), ("a{2,1}", 2, "out of order"),
        (#"\p{Emoji}"#, 1, "not known"), (#"\uD800"#, 1, "no text"), (#"\01"#, 1, "octal"),
        ("(?i)a", 1, "not in ECMA-262"),
        (#"\xZZ"#, 1, "hexadecimal"), (#"\u{110000}"#, 1, "no text"), (#"[\d-z]"#, 2, "range"),
    ])
func patternRefusals(pattern: String, character: Int, reason: String) {
    #expect {
        _ = try ECMAPattern.compile(pattern)
    } throws: { error in
        guard let failure = error as? ECMAPattern.Failure else { return false }
        return failure.position == character - 1 && failure.reason.contains(reason)
    }
}

@Test(
    "what only the engine notices is refused too",
    arguments: ["(a", "a)", #"^(?:.{1000}){99}$"#, #"\p{Script=Klingon}"#])
func engineRefusals(pattern: String) {
    #expect(throws: ECMAPattern.Failure.self) { try ECMAPattern.compile(pattern) }
}
