import Configuration
import Interlock
import Isolation
import StrictJSON
import Testing

private func deployment(_ text: String, home: String? = "/home/u") throws -> Deployment {
    try Settings.parse(text, file: "c.yaml").deployment(
        workspace: "/w", paths: PathBase(directory: "/etc/interlock", home: home))
}

@Suite struct SettingsTests {
    @Test("every field of a deployment can be set")
    func everything() throws {
        let text = """
            bundled: false
            plugins:
              - file: plugins/libmine.so
                sha256: \(String(repeating: "Ab", count: 32))
                tools: [read, list]
                config: {depth: 3, name: "3", ratio: 1.50, on: true, off: no, nothing: ~, list: [a, 1]}
              - file: ~/x.so
                isolation: worker
                limits: {memory: 64MiB, cpu: 10s}
            tools:
              edit: {enabled: false, exclusive: true, keys: [git], concurrency: 2, timeout: 1m30s}
            limits:
              {jobs: 8, queue: 100, wait: 5m, timeout: 30s, grace: 500ms, output: 64KiB, plugins: {org.x: 3},
               workers: {files: 99}}
            roots: [{name: venv, path: ~/venv, writable: true}, {name: store, path: /store}]
            pools: {agents: 4}
            protected: [secrets/, a/b.txt]
            policy: barriers
            """
        let found = try deployment(text)
        #expect(found.plugins.map(\.file) == ["/etc/interlock/plugins/libmine.so", "/home/u/x.so"])
        #expect(found.plugins[0].sha256 == String(repeating: "ab", count: 32))
        #expect(found.plugins[0].tools == ["read", "list"])
        #expect(found.plugins[1].tools == nil)
        #expect(found.plugins.map(\.isolation) == [nil, .worker])
        #expect(found.plugins[0].limits == nil)
        var own = WorkerOptions.Limits()
        (own.memory, own.cpu, own.files) = (64 << 20, 10, 99)
        #expect(found.plugins[1].limits == own)
        let configuration = #"{"depth":3,"name":"3","ratio":1.50,"on":true,"off":"no","nothing":null,"list":["a",1]}"#
        #expect(found.plugins[0].configuration.text == configuration)
        var tool = Deployment.ToolSettings()
        tool.isEnabled = false
        tool.isExclusive = true
        tool.additionalKeys = ["git"]
        tool.concurrency = 2
        tool.timeLimit = .seconds(90)
        #expect(found.tools == ["edit": tool])
        var limits = Deployment.Limits()
        limits.jobs = 8
        limits.queue = 100
        limits.wait = .seconds(300)
        limits.time = .seconds(30)
        limits.grace = .milliseconds(500)
        limits.output = 65_536
        limits.perPlugin = ["org.x": 3]
        limits.workers.files = 99
        #expect(found.limits == limits)
        #expect(
            found.roots == [
                .init(name: "venv", path: "/home/u/venv", isWritable: true),
                .init(name: "store", path: "/store", isWritable: false),
            ])
        #expect(found.pools == ["agents": 4])
        #expect(found.protected == ["secrets", "a/b.txt"])
        #expect(found.policy == .barriers)
    }

    @Test("a file without content says nothing", arguments: ["", "# nothing\n", "---\n", "tools:\nlimits:\n"])
    func empty(text: String) throws {
        let found = try deployment(text)
        #expect(found.plugins.isEmpty && found.tools.isEmpty && found.limits == Deployment.Limits())
    }

    struct Mistake: CustomTestStringConvertible {
        var text: String
        var place: String
        var message: String
        var help: String

        init(_ text: String, _ place: String, _ message: String, help: String = "") {
            (self.text, self.place, self.message, self.help) = (text, place, message, help)
        }

        var testDescription: String { text }
    }

    static let mistakes: [Mistake] = [
        Mistake(
            "limts: {}", "1:1", "unknown key \"limts\" in the configuration", help: "nearest known key is \"limits\""),
        Mistake("limits:\n  jbos: 3", "2:3", "unknown key \"jbos\" in limits", help: "nearest known key is \"jobs\""),
        Mistake("limits: {xyzzy: 3}", "1:10", "unknown key", help: "limits has the keys jobs, queue, wait"),
        Mistake("tools:\n  edit:\n    enable: false", "3:5", "unknown key \"enable\" in a tool", help: "\"enabled\""),
        Mistake("plugins:\n  - tools: [a]", "2:5", "a plugin has no \"file\"", help: "file: …"),
        Mistake("plugins:\n  - {file: a.so, sha256: abc}", "2:26", "\"abc\" is not a SHA-256", help: "sha256sum"),
        Mistake("plugins: a.so", "1:10", "expected a list, found \"a.so\""),
        Mistake("plugins: [a.so]", "1:11", "expected a mapping, found \"a.so\"", help: "file, sha256, config, tools"),
        Mistake("plugins: [{file: a.so, config: 3}]", "1:32", "expected a mapping, found \"3\""),
        Mistake("plugins: [{file: ~eve/a.so}]", "1:18", "names the home of another user"),
        Mistake("bundled: yes", "1:10", "expected true or false, found \"yes\""),
        Mistake("bundled: \"true\"", "1:10", "expected true or false"),
        Mistake("limits: {jobs: 0}", "1:16", "expected a whole number from 1 to 4096, found \"0\""),
        Mistake("limits: {jobs: \"3\"}", "1:16", "expected a whole number"),
        Mistake("limits: {jobs: 3.5}", "1:16", "expected a whole number"),
        Mistake("limits: {jobs: }", "1:16", "found nothing"),
        Mistake("limits: {wait: 30}", "1:16", "\"30\" has no unit", help: "30s"),
        Mistake("limits: {wait: 30 sec}", "1:16", "\" sec\" is not a unit of time"),
        Mistake("limits: {wait: 1s1m}", "1:16", "units out of order"),
        Mistake("limits: {wait: 400d}", "1:16", "longer than a year"),
        Mistake("limits: {wait: 99999999999999999999s}", "1:16", "too long"),
        Mistake("limits: {output: 4MB}", "1:18", "\"MB\" is not a unit of size", help: "4MiB"),
        Mistake("limits: {output: [4]}", "1:18", "expected a size, found a list"),
        Mistake("policy: contract", "1:9", "unknown policy \"contract\"", help: "nearest is \"contracts\""),
        Mistake("protected: [../x]", "1:13", "not a path below the workspace"),
        Mistake("protected: [/etc]", "1:13", "not a path below the workspace"),
        Mistake("protected: [\"a\\u0007\"]", "1:13", "control character"),
        Mistake("roots: [{name: a}]", "1:9", "a root has no \"path\""),
        Mistake("roots: [{name: a b, path: /x}]", "1:16", "not a root's name"),
        Mistake("roots: [{name: a, path: /x}, {name: a, path: /y}]", "1:37", "\"a\" is taken"),
        Mistake("limits: {jobs: 3, jobs: 4}", "1:10", "the key \"jobs\" stands twice", help: "keep one"),
        Mistake("pools: {1: 3, \"1\": 4}", "1:9", "the key \"1\" stands twice"),
        Mistake("a: [1", "2:1", "not valid YAML"),
        Mistake("[1]", "1:1", "expected a mapping, found a list"),
        Mistake("pools: !!int 3", "1:8", "the tag tag:yaml.org,2002:int is not supported"),
        Mistake("pools: &a {x: 1}\ntools:\n  <<: *a", "3:3", "merge keys"),
        Mistake("? [a]\n: 3", "1:3", "a key must be a word"),
    ]

    @Test("a mistake is named with its place, and with what to do", arguments: mistakes)
    func mistake(_ mistake: Mistake) throws {
        let failure = #expect(throws: ConfigurationFailure.self) { try deployment(mistake.text) }
        let found = try #require(failure)
        #expect(found.place == "c.yaml:" + mistake.place)
        #expect(found.message.contains(mistake.message), "\(found)")
        #expect(mistake.help.isEmpty || found.help.contains(mistake.help), "\(found)")
        #expect(!found.help.isEmpty)
    }

    @Test("an alias stands for its value")
    func alias() throws {
        #expect(try deployment("pools: {a: &n 3, b: *n}").pools == ["a": 3, "b": 3])
    }

    @Test("~ without a home directory is an error")
    func homeless() {
        #expect(throws: ConfigurationFailure.self) { try deployment("plugins: [{file: ~/a.so}]", home: nil) }
    }

    static let bombs: [(name: String, text: String, message: String)] = [
        (
            "aliases that double",
            "a0: &a0 [x, x]\n" + (1...30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined(),
            "more than 16 aliases"
        ),
        (
            "a few aliases of something large",
            "a: &a [" + String(repeating: "x,", count: 4000) + "]\nb: [*a,*a,*a,*a,*a,*a]", "more than 20000 values"
        ),
        ("depth", String(repeating: "[", count: 60) + String(repeating: "]", count: 60), "nested deeper"),
        ("great depth", String(repeating: "[", count: 60_000), "not valid YAML"),
        ("size", "#" + String(repeating: "x", count: 70_000), "larger than 64KiB"),
    ]

    @Test("a file that is made to exhaust its reader is refused", arguments: bombs.indices)
    func bomb(_ index: Int) throws {
        let bomb = Self.bombs[index]
        let failure = #expect(throws: ConfigurationFailure.self) { try deployment(bomb.text) }
        #expect(try #require(failure).message.contains(bomb.message), "\(bomb.name)")
    }
}
