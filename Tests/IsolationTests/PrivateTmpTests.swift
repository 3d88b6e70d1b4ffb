import Calls
import Foundation
import Interlock
import System
import TestSupport
import Testing

@testable import Isolation

/// Where there are namespaces; without them /tmp is refused, as AttemptTests see.
@Suite("Each call has a /tmp of its own", .serialized)
struct PrivateTmpTests {
    private func host(
        _ scene: Scene, _ configure: (inout Deployment) -> Void = { _ in }
    ) throws -> Interlock.Host {
        var deployment = Deployment(workspace: scene.workspace)
        deployment.plugins = [.init(file: scene.plugin)]
        configure(&deployment)
        let host = try Interlock.Host(deployment) { _, _ in }
        #expect(host.problems.isEmpty, "\(host.problems)")
        return host
    }

    private func calls(_ tool: String, _ count: Int, _ scene: Scene) -> Turn {
        Turn(calls: (0..<count).map { Call(id: "\($0)", tool: tool, arguments: scene.arguments) })
    }

    /// More calls than a worker has places for.
    @Test("it is empty, it is HOME and TMPDIR, and nobody else sees what is left there")
    func own() async throws {
        let scene = try Scene(in: "/var/tmp", of: Scene.ownFixture("temporary"))
        let host = try host(scene)
        let outcomes = await host.run(calls("leaves_something", 150, scene))
        for outcome in outcomes { #expect(outcome.kind == .succeeded, "\(outcome)") }
        await host.stop()
        #expect(!FileManager.default.fileExists(atPath: "/tmp/interlock-left"))
    }

    /// Whoever claims the directory that it is in could move it away, and put a link in its place.
    @Test("no private directory is made in a root, where there is another place")
    func notInRoot() throws {
        let workspace = try TemporaryDirectory(in: "/var/tmp")
        let crashing = try CrashingPlugin(files: Roots(rootPaths: [workspace.path, "/tmp"].map { Array($0.utf8) })) {
            $0.scratch = workspace.path
        }
        #expect(crashing.run("look").end == .returned(0))
        let scratch = crashing.plugin.state.wait { .done($0.worker) }?.scratch.path ?? ""
        #expect(scratch.hasPrefix("/var/tmp/interlock-"), "\(scratch)")
    }

    /// Where everything is in a root for writing, a call can be that somebody.
    @Test(
        "who moves it away and puts another directory, or a link to one, in its place, has nothing there removed or filled",
        arguments: [true, false], [true, false])
    func moved(namespaces: Bool, isLink: Bool) throws {
        let base = try TemporaryDirectory(in: "/var/tmp")
        let others = base.path + "/others"
        try FileManager.default.createDirectory(atPath: others, withIntermediateDirectories: false)
        try Data("kept".utf8).write(to: URL(fileURLWithPath: others + "/kept"))
        let crashing = try CrashingPlugin { options in
            options.scratch = base.path
            options.usesNamespaces = namespaces
        }
        #expect(crashing.run("nothing").end == .returned(0))
        let worker = try #require(crashing.plugin.state.wait { .done($0.worker) })
        let path = worker.scratch.path
        #expect(rename(path, base.path + "/moved") == 0)
        #expect(isLink ? symlink(others, path) == 0 : rename(others, path) == 0)
        // Some of these are born only now.
        for _ in 0..<8 { crashing.run("nothing") }
        worker.end(because: "the test is over")
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["kept"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: base.path + "/moved").isEmpty)
    }

    private struct Roots: NativeFiles {
        let rootPaths: [[UInt8]]

        func perform(_ attempt: FileAttempt, _ coverage: any LockCoverage) -> AttemptAnswer {
            .elsewhere(path: true, other: attempt.other != nil)
        }
        func isInRoot(_ path: [UInt8]) -> Bool { rootPaths.contains { path == $0 || path.starts(with: $0 + [0x2F]) } }
    }

    @Test("a handle from before it was there does not lead into the other by its name")
    func oldHandle() async throws {
        let scene = try Scene(in: "/var/tmp", of: Scene.ownFixture("temporary"))
        let host = try host(scene)
        let outcome = await host.run(calls("uses_an_old_handle", 1, scene))[0]
        #expect(outcome.kind == .violated && outcome.message.contains("interlock-left"), "\(outcome)")
        await host.stop()
        #expect(!FileManager.default.fileExists(atPath: "/tmp/interlock-left"))
    }

    @Test("programs have it too, and may run what they have made there")
    func programs() async throws {
        let scene = try Scene(in: "/var/tmp", of: Scene.ownFixture("temporary"))
        let host = try host(scene) { $0.plugins[0].grants = [.programs] }
        let outcomes = await host.run(calls("runs_a_program", 2, scene))
        for outcome in outcomes { #expect(outcome.kind == .succeeded, "\(outcome)") }
        await host.stop()
    }

    /// What is hidden could not be shown again: where something is mounted in it, Landlock takes that for a part of it.
    @Test("where a workspace or another root lies there, or is it, /tmp is refused, and what is claimed there is not")
    func rootsInTmp() async throws {
        for (place, roots) in [("/tmp", []), ("/var/tmp", ["/tmp"]), ("/var/tmp", ["/"])] {
            let scene = try Scene(in: place, of: Scene.ownFixture("temporary"))
            let host = try host(scene) { deployment in
                deployment.roots = roots.map { .init(name: "other", path: $0, isWritable: true) }
            }
            let outcomes = [
                await host.run(calls("is_refused_tmp", 1, scene))[0],
                await host.run(calls("sees_the_workspace", 1, scene))[0],
            ]
            #expect(outcomes.map(\.kind) == [.violated, .succeeded], "\(outcomes)")
            await host.stop()
        }
    }
}
