import FileEditing
import Testing

@Suite struct PathFilterTests {
    private func matches(_ glob: String, _ path: String) throws -> Bool {
        try PathFilter(glob).matches(path.split(separator: "/").map { utf8(String($0)) })
    }

    @Test(
        "a glob matches these paths",
        arguments: [
            ("*.swift", "a.swift"), ("*.swift", "deep/down/a.swift"), ("/*.swift", "a.swift"),
            ("src/**/*.c", "src/a.c"), ("src/**/*.c", "src/x/y/a.c"), ("**/test/*", "a/b/test/c"),
            ("**/test/*", "test/c"),
            ("src/**", "src/a/b"), ("*.{c,h}", "a.h"), ("{a,b/c}.txt", "b/c.txt"), ("a{1,{2,3}}", "a3"),
            ("[ab]?[!x].c", "a_z.c"), ("\\{a\\}", "{a}"), ("{a", "{a"), ("[[:digit:]]*", "7up"), ("**", "x/y"),
            ("[]a]", "]"), ("a*b*c", "aXbYbZc"), (".*", ".env"), ("*", ".env"),
        ])
    func fits(_ glob: String, _ path: String) throws {
        #expect(try matches(glob, path))
    }

    @Test(
        "a glob does not match these paths",
        arguments: [
            ("*.swift", "a.swift.bak"), ("/*.swift", "x/a.swift"), ("src/*.c", "src/x/a.c"), ("src/**", "src"),
            ("*.{c,h}", "a.cc"), ("[!a]", "a"), ("a?c", "a/c"), ("\\*", "x"), ("[a-c]", "d"),
        ])
    func fitsNot(_ glob: String, _ path: String) throws {
        #expect(try !matches(glob, path))
    }

    @Test(
        "a malformed glob is refused, and so is one that stands for too many patterns",
        arguments: [
            "", "[a", "a\\", "[[:what:]]", String(repeating: "{a,b}", count: 9), String(repeating: "a", count: 5000),
        ])
    func refuses(_ glob: String) {
        #expect(throws: PathFilter.Malformed.self) { try PathFilter(glob) }
    }

    @Test("many stars take no exponential time")
    func stars() throws {
        #expect(try !matches(String(repeating: "*a", count: 50) + "b", String(repeating: "a", count: 500)))
        let deep = String(repeating: "a/", count: 200)
        #expect(try !matches(String(repeating: "**/a/", count: 50) + "b", deep + "c"))
    }
}
