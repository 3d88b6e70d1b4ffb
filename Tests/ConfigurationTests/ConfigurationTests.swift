import Configuration
import Foundation
import Interlock
import TestSupport
import Testing

/// A directory with `home`, `work` and `bin` in it, for one test.
private final class Scratch {
    private let temporary: TemporaryDirectory
    var path: String { temporary.path }

    init() throws {
        temporary = try TemporaryDirectory()
        for name in ["home", "work", "bin"] { try write(name + "/.keep", "") }
    }

    func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func load(file: String? = nil, workspace: String = "work", environment: [String: String]? = nil) throws
        -> Configuration
    {
        try Configuration.load(
            .init(
                file: file.map { "\(path)/\($0)" }, workspace: "\(path)/\(workspace)",
                environment: environment ?? ["HOME": "\(path)/home"], executableDirectory: "\(path)/bin"))
    }
}

@Suite struct ConfigurationTests {
    @Test("without any file the bundled plugins serve")
    func bundled() throws {
        let scratch = try Scratch()
        try scratch.write("lib/interlock/plugins/libfiles.so", "")
        #expect(
            try scratch.load().deployment.plugins.map(\.file) == [
                "\(scratch.path)/lib/interlock/plugins/libfiles.so"
            ])
        try scratch.write("bin/libfiles.so", "")
        let found = try scratch.load()
        #expect(found.deployment.plugins.map(\.file) == ["\(scratch.path)/bin/libfiles.so"])
        #expect(found.files.isEmpty && found.notes.isEmpty)
        #expect(found.deployment.workspace == "\(scratch.path)/work")
    }

    @Test("a bundled plugin that is missing is noted")
    func missingBundled() throws {
        #expect(try Scratch().load().notes.count == Deployment.Plugin.bundledLibraries.count)
    }

    @Test("a bundled plugin that the file names itself is served once, as written there")
    func namedBundled() throws {
        let scratch = try Scratch()
        try scratch.write("bin/libfiles.so", "")
        try scratch.write("c.yaml", "plugins: [{file: ./bin/libfiles.so, tools: [read]}]")
        let plugins = try scratch.load(file: "c.yaml").deployment.plugins
        #expect(plugins.map(\.tools) == [["read"]])
    }

    @Test("the user's own file is found, XDG_CONFIG_HOME first")
    func ownFile() throws {
        let scratch = try Scratch()
        try scratch.write("home/.config/interlock/config.yaml", "limits: {jobs: 1}")
        #expect(try scratch.load().deployment.limits.jobs == 1)
        let xdg = ["HOME": "\(scratch.path)/home", "XDG_CONFIG_HOME": "\(scratch.path)/xdg"]
        #expect(try scratch.load(environment: xdg).deployment.limits.jobs == 64)
        try scratch.write("xdg/interlock/config.yaml", "limits: {jobs: 2}")
        #expect(try scratch.load(environment: xdg).deployment.limits.jobs == 2)
        let relative = ["HOME": "\(scratch.path)/home", "XDG_CONFIG_HOME": "xdg"]
        #expect(try scratch.load(environment: relative).deployment.limits.jobs == 1)
    }

    @Test("--config comes instead of the user's own file, and must exist")
    func explicitFile() throws {
        let scratch = try Scratch()
        try scratch.write("home/.config/interlock/config.yaml", "limits: {jobs: 1}")
        try scratch.write("c.yaml", "limits: {queue: 7}")
        let limits = try scratch.load(file: "c.yaml").deployment.limits
        #expect(limits.jobs == 64 && limits.queue == 7)
        #expect(throws: ConfigurationFailure.self) { try scratch.load(file: "d.yaml") }
    }

    @Test("the workspace's file tightens the user's")
    func workspaceFile() throws {
        let scratch = try Scratch()
        try scratch.write("home/.config/interlock/config.yaml", "limits: {jobs: 8}")
        try scratch.write("work/.interlock.yaml", "limits: {jobs: 2}")
        let found = try scratch.load()
        #expect(found.deployment.limits.jobs == 2)
        #expect(
            found.files.map { String($0.dropFirst(scratch.path.count)) }
                == ["/home/.config/interlock/config.yaml", "/work/.interlock.yaml"])
        try scratch.write("work/.interlock.yaml", "limits: {jobs: 9}")
        #expect(throws: ConfigurationFailure.self) { try scratch.load() }
    }

    @Test("a workspace's file that is no plain file is refused, and not waited for")
    func hostileWorkspaceFile() throws {
        let scratch = try Scratch()
        let path = "\(scratch.path)/work/.interlock.yaml"
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: ConfigurationFailure.self) { try scratch.load() }
        unlink(path)
        try #require(symlink("/dev/zero", path) == 0)
        #expect(throws: ConfigurationFailure.self) { try scratch.load() }
        unlink(path)
        try #require(mkdir(path, 0o700) == 0)
        #expect(throws: ConfigurationFailure.self) { try scratch.load() }
    }

    @Test("the user's own file is protected when it lies inside the workspace")
    func protection() throws {
        let scratch = try Scratch()
        try scratch.write("home/.config/interlock/config.yaml", "protected: [a]")
        let protected = try scratch.load(workspace: "home").deployment.protected
        #expect(protected.contains("a") && protected.contains(".config/interlock/config.yaml"))
        #expect(try scratch.load().deployment.protected == ["a"])
    }

    @Test("the place of the user's own file is protected before there is one, and beside --config")
    func protectionOfPlace() throws {
        let scratch = try Scratch()
        #expect(try scratch.load(workspace: "home").deployment.protected.contains(".config/interlock/config.yaml"))
        try scratch.write("c.yaml", "")
        let found = try scratch.load(file: "c.yaml", workspace: "home")
        #expect(found.deployment.protected.contains(".config/interlock/config.yaml"))
        // Also when the home is spelled through a link.
        try #require(symlink("home", "\(scratch.path)/alias") == 0)
        let linked = try scratch.load(workspace: "home", environment: ["HOME": "\(scratch.path)/alias"])
        #expect(linked.deployment.protected.contains(".config/interlock/config.yaml"))
    }

    @Test("plugins in the workspace are protected: the next start would load what a tool puts there")
    func protectionOfPlugins() throws {
        let scratch = try Scratch()
        try scratch.write("work/plugins/a.so", "")
        try scratch.write("c.yaml", "plugins: [{file: ./work/plugins/a.so}, {file: ./work/missing.so}]")
        let protected = try scratch.load(file: "c.yaml").deployment.protected
        #expect(protected == ["plugins/a.so", "missing.so"])
    }

    @Test("the user's own file must not lie where a root lets tools write")
    func rootAroundConfiguration() throws {
        let scratch = try Scratch()
        let file = "home/.config/interlock/config.yaml"
        try scratch.write(file, "roots: [{name: home, path: ~/, writable: true}]")
        let failure = #expect(throws: ConfigurationFailure.self) { try scratch.load() }
        #expect(try #require(failure).message.contains("where tools may write"))
        try scratch.write(file, "roots: [{name: home, path: ~/, writable: false}]")
        _ = try scratch.load()
    }

    @Test("a workspace that is not there is an error")
    func missingWorkspace() throws {
        let scratch = try Scratch()
        #expect(throws: ConfigurationFailure.self) { try scratch.load(workspace: "nowhere") }
        #expect(throws: ConfigurationFailure.self) { try scratch.load(workspace: "home/.keep") }
    }
}
