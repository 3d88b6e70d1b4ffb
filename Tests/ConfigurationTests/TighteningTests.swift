import Configuration
import Interlock
import Testing

@Suite struct TighteningTests {
    private static func own() -> Deployment {
        var own = Deployment(workspace: "/w")
        own.tools["run"] = Deployment.ToolSettings()
        own.tools["run"]?.isEnabled = false
        own.tools["edit"] = Deployment.ToolSettings()
        own.tools["edit"]?.isExclusive = true
        own.tools["edit"]?.concurrency = 4
        own.tools["edit"]?.timeLimit = .seconds(60)
        own.tools["edit"]?.additionalKeys = ["git"]
        own.limits.perPlugin = ["org.x": 3]
        own.plugins = [.init(file: "x.so"), .init(file: "y.so")]
        own.plugins[0].limits = .init()
        own.plugins[0].limits?.memory = nil
        own.pools = ["agents": 4]
        own.protected = ["secrets"]
        return own
    }

    private static func tightened(_ text: String) throws -> Deployment {
        try tighten(own(), with: Settings.parse(text, file: ".interlock.yaml"))
    }

    @Test("what is tighter holds")
    func tighter() throws {
        let found = try Self.tightened(
            """
            tools:
              edit: {enabled: false, concurrency: 2, timeout: 10s, keys: [git, db]}
              read: {exclusive: true, concurrency: 9, timeout: 2m}
            limits:
              {jobs: 2, queue: 5, wait: 1s, timeout: 1s, grace: 1s, output: 1KiB, plugins: {org.x: 1, org.y: 50},
               workers: {memory: 1MiB, files: 20, file_size: 2MiB, cpu: 1500ms, processes: 7, private_files: 1MiB}}
            pools: {agents: 1}
            protected: [deploy, secrets]
            """)
        let edit = try #require(found.tools["edit"])
        #expect(!edit.isEnabled && edit.isExclusive && edit.concurrency == 2 && edit.timeLimit == .seconds(10))
        #expect(edit.additionalKeys == ["git", "db"])
        let read = try #require(found.tools["read"])
        #expect(read.isEnabled && read.isExclusive && read.concurrency == 9 && read.timeLimit == .seconds(120))
        var limits = Deployment.Limits()
        limits.jobs = 2
        limits.queue = 5
        limits.wait = .seconds(1)
        limits.time = .seconds(1)
        limits.grace = .seconds(1)
        limits.output = 1024
        limits.perPlugin = ["org.x": 1, "org.y": 50]
        (limits.workers.memory, limits.workers.files, limits.workers.fileSize) = (1 << 20, 20, 2 << 20)
        (limits.workers.cpu, limits.workers.processes, limits.workers.privateFiles) = (2, 7, 1 << 20)
        #expect(found.limits == limits)
        #expect(found.plugins[0].limits == limits.workers && found.plugins[1].limits == nil)
        #expect(found.pools == ["agents": 1])
        #expect(found.protected == ["secrets", "deploy"])
    }

    @Test(
        "what holds already may be said again",
        arguments: [
            "tools: {run: {enabled: false}}", "tools: {read: {enabled: true, exclusive: false}}", "limits: {jobs: 64}",
            "pools: {agents: 4}", "", "protected: [secrets]",
        ])
    func same(text: String) throws {
        let found = try Self.tightened(text)
        let own = Self.own()
        #expect(found.limits == own.limits && found.pools == own.pools && found.protected == own.protected)
        #expect(found.tools.filter { $0.value != Deployment.ToolSettings() } == own.tools)
    }

    @Test(
        "what would loosen is an error that names its place",
        arguments: [
            ("tools:\n  run:\n    enabled: true", "3:5", "\"tools.run.enabled: true\" would loosen"),
            ("tools: {edit: {exclusive: false}}", "1:16", "would loosen what holds (true)"),
            ("tools: {edit: {concurrency: 5}}", "1:16", "would loosen what holds (4)"),
            ("tools: {edit: {timeout: 61s}}", "1:16", "\"tools.edit.timeout: 1m1s\" would loosen what holds (1m)"),
            ("tools: {read: {timeout: 3m}}", "1:16", "would loosen what holds (2m)"),
            ("limits: {jobs: 65}", "1:10", "\"limits.jobs: 65\" would loosen what holds (64)"),
            ("limits: {queue: 10001}", "1:10", "would loosen"), ("limits: {wait: 11m}", "1:10", "would loosen"),
            ("limits: {timeout: 121s}", "1:10", "would loosen"), ("limits: {grace: 6s}", "1:10", "would loosen"),
            ("limits: {output: 5MiB}", "1:10", "would loosen what holds (4MiB)"),
            ("limits: {plugins: {org.x: 4}}", "1:20", "would loosen"),
            (
                "limits: {workers: {memory: 3GiB}}", "1:20",
                "\"limits.workers.memory: 3GiB\" would loosen what holds (2GiB)"
            ),
            ("limits: {workers: {cpu: 601s}}", "1:20", "would loosen what holds (600s)"),
            ("pools: {agents: 5}", "1:9", "would loosen"),
            ("pools: {gpus: 1}", "1:9", "no size in the user's own configuration"),
            ("plugins: []", "1:1", "\"plugins\" is not a workspace's to say"),
            ("# x\nroots: []", "2:1", "\"roots\" is not a workspace's to say"),
            ("bundled: false", "1:1", "\"bundled\" is not a workspace's to say"),
            ("policy: serial", "1:1", "\"policy\" is not a workspace's to say"),
        ])
    func looser(text: String, place: String, message: String) throws {
        let failure = #expect(throws: ConfigurationFailure.self) { try Self.tightened(text) }
        let found = try #require(failure)
        #expect(found.place == ".interlock.yaml:" + place)
        #expect(found.message.contains(message), "\(found)")
        #expect(found.help.contains("the user's own configuration") || found.help.contains("your own configuration"))
    }
}
