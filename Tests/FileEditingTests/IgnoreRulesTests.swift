import FileEditing
import Foundation
import TestSupport
import Testing

@Suite struct IgnoreRulesTests {
    @Test("a deeper file overrules one above it, and the last rule that fits decides")
    func precedence() {
        let outer = IgnoreScope().entering(IgnoreRules(utf8("*.log\n!keep.log\n")), depth: 0)
        let inner = outer.entering(IgnoreRules(utf8("keep.log\n!a.log\n")), depth: 1)
        #expect(outer.ignores([utf8("a.log")], isDirectory: false))
        #expect(!outer.ignores([utf8("keep.log")], isDirectory: false))
        #expect(inner.ignores([utf8("d"), utf8("keep.log")], isDirectory: false))
        #expect(!inner.ignores([utf8("d"), utf8("a.log")], isDirectory: false))
        #expect(inner.ignores([utf8("d"), utf8("b.log")], isDirectory: false))
    }

    static let files = [
        "a", "b.log", "keep.log", "#hash", "!bang", "build/out.o", "build/keep/x", "src/build/y", "src/a.c", "src/a.h",
        "src/deep/a.c", "doc/x.txt", "doc/sub/x.txt", "doc/sub/deep/x.txt", "foo/bar", "foo/x/bar", "foo/x/y/bar",
        "space ", "tail", "tab\t", "star*", "star1", "[x]", "x", "-", "]", "a-b", "A", "é", "q1", "q12", "back\\slash",
        "sub/target/z", "target", "sub/a", "sub/b.log", "deep/er/a", "x.y.z", "UPPER.TXT", "9", ".hidden",
        "sub/.hidden",
    ]

    static let patterns = [
        "a", "/a", "*.log", "*.log\n!keep.log", "\\#hash", "#hash", "\\!bang", "!bang", "build/", "/build/", "build",
        "/build", "build/*\n!build/keep", "build/\n!build/keep/x", "src/*.c", "src/**/*.c", "**/a.c", "doc/*.txt",
        "doc/**", "doc/**/x.txt", "foo/**/bar", "foo/*/bar", "**/bar", "**/deep/", "space\\ ", "space ", "tail   ",
        "tab\t", "star\\*", "star*", "\\[x\\]", "[[]x]", "[a-z]", "[!a-z]", "[^a-z]", "[]-]", "[]]", "a[-]b", "[a-]",
        "[[:digit:]]", "[[:alpha:]]", "[[:upper:]]*", "?", "??", "q?", "q[1-2]2", "back\\\\slash", "target", "target/",
        "/sub/target", "sub/**/", "*", "*\n!*/\n!*.c", "**", "/**", "/*\n!/src", "foo/x/", "**/x/**", "a/**/b", "**/",
        "/", "!", "", "\\", "[", "[a", "a\\", "*.*.*", ".hidden", "/.hidden", ".*", "sub/a\n!sub/a", "src/a.*\r",
        "[a-c]*", "[c-a]", "foo**bar", "foo/**bar", "*/a", "*/*/a", "[[:space:]]", "*[[:space:]]", "[[:bogus:]]",
        "\u{FEFF}a", "src\\/a.c", "é", "[é]", "***", "foo/***/bar", "s*c/d*p", "[!]a]", "[\\]]", "[a\\-z]", "[+--]",
    ]

    @Test("what is ignored is what git ignores", .enabled(if: Program.exists("git")))
    func asGit() throws {
        try TemporaryDirectory.with { directory in
            try makeFiles(in: directory)
            for pattern in Self.patterns {
                try Data(utf8(pattern + "\n")).write(to: directory.appending(path: ".gitignore"))
                try compare(
                    in: directory, with: IgnoreScope().entering(IgnoreRules(utf8(pattern + "\n")), depth: 0), pattern)
            }
        }
    }

    @Test(
        "patterns made at random are read as git reads them", .enabled(if: Program.exists("git")), arguments: [1, 2, 3])
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        // Names and stars are not mixed with `**`: there git 2.39 strays from its own manual.
        let names = [
            "*", "**", "a", "src", "?", "[a-f]", "*.c", "deep", "foo", "x", "b*", "*a*", "\\a", "\\*", " ", "sub ",
        ]
        func line() -> String {
            let depth = Int.random(in: 1...4, using: &random)
            let path = (0..<depth).map { _ in names.randomElement(using: &random) ?? "" }.joined(separator: "/")
            let front = ["", "", "!", "/", "!/"].randomElement(using: &random) ?? ""
            return front + path + (Bool.random(using: &random) ? "/" : "") + "\n"
        }
        try TemporaryDirectory.with { directory in
            try makeFiles(in: directory)
            for _ in 0..<120 {
                let rules = (0..<Int.random(in: 1...4, using: &random)).map { _ in line() }.joined()
                try Data(utf8(rules)).write(to: directory.appending(path: ".gitignore"))
                try compare(in: directory, with: IgnoreScope().entering(IgnoreRules(utf8(rules)), depth: 0), rules)
            }
        }
    }

    @Test("the file of a directory below counts there only", .enabled(if: Program.exists("git")))
    func nested() throws {
        try TemporaryDirectory.with { directory in
            try makeFiles(in: directory)
            let (top, sub) = (utf8("*.log\n/a\nx\n"), utf8("!b.log\n/a\n"))
            try Data(top).write(to: directory.appending(path: ".gitignore"))
            try Data(sub).write(to: directory.appending(path: "sub/.gitignore"))
            let scope = IgnoreScope().entering(IgnoreRules(top), depth: 0)
            try compare(in: directory, with: scope, "nested") { path in
                path.first == utf8("sub") ? scope.entering(IgnoreRules(sub), depth: 1) : scope
            }
        }
    }

    private func makeFiles(in directory: URL) throws {
        #expect(try Program.run("git", ["init", "-q"], in: directory).status == 0)
        for file in Self.files {
            let url = directory.appending(path: file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: url)
        }
    }

    private func compare(
        in directory: URL, with scope: IgnoreScope, _ label: String,
        scopeOf: (([[UInt8]]) -> IgnoreScope)? = nil
    ) throws {
        let result = try Program.run(
            "git", ["-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "-z", "--stdin"],
            input: Self.files.flatMap { utf8($0) + [0] }, in: directory)
        let byGit = Set(result.output.split(separator: "\0").map { utf8(String($0)) })
        for file in Self.files {
            let path = file.split(separator: "/").map { utf8(String($0)) }
            let isIgnored = (1...path.count).contains { length in
                (scopeOf?(Array(path.prefix(length))) ?? scope)
                    .ignores(Array(path.prefix(length)), isDirectory: length < path.count)
            }
            #expect(isIgnored == byGit.contains(utf8(file)), "\(file) under \(label.debugDescription)")
        }
    }
}
