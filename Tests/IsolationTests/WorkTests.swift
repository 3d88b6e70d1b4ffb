import Calls
import Foundation
import Interlock
import StrictJSON
import Testing

/// Confinement in which nothing works would pass every other test: the fixtures of `SandboxTests`, through real workers.
@Suite("What a call has claimed it can do in a worker, with the system's own calls", .serialized)
struct WorkTests {
    private func outcomes(
        _ scene: Scene, _ configure: (inout Deployment) -> Void
    ) async throws -> [String: Outcome] {
        var deployment = Deployment(workspace: scene.workspace)
        deployment.plugins = [.init(file: scene.plugin)]
        deployment.protected = ["directory/.git/hooks", "directory/.git/config"]
        configure(&deployment)
        let host = try Interlock.Host(deployment) { _, _ in }
        #expect(host.problems.isEmpty)
        var outcomes: [String: Outcome] = [:]
        for tool in host.tools {
            let call = Call(id: "1", tool: tool.name, arguments: scene.arguments)
            outcomes[tool.name] = await host.run(Turn(calls: [call]))[0]
        }
        await host.stop()
        return outcomes
    }

    @Test("reading, overwriting, its own directory, threads, and what C needs", arguments: [true, false])
    func permitted(namespaces: Bool) async throws {
        let scene = try Scene(of: Scene.fixture("permitted"))
        let outcomes = try await outcomes(scene) { $0.usesNamespaces = namespaces }
        #expect(outcomes.count > 15)
        for (tool, outcome) in outcomes { #expect(outcome.kind == .succeeded, "\(tool): \(outcome)") }
    }

    /// There the host must not take itself for the process, nor what every library reads for what somebody claims.
    @Test("also where a root has the whole system below it")
    func rootOfAll() async throws {
        let scene = try Scene(of: Scene.fixture("permitted"))
        let outcomes = try await outcomes(scene) { deployment in
            deployment.roots.append(.init(name: "all", path: "/", isWritable: false))
        }
        for (tool, outcome) in outcomes { #expect(outcome.kind == .succeeded, "\(tool): \(outcome)") }
    }

    private static let edits = [
        "makes_a_file", "writes_for_all_with_an_open_umask", "makes_directories", "renames", "links", "by_descriptor",
        "through_a_link_of_its_own", "goes_in_circles", "marks_a_link", "names_a_thread", "finds_nothing",
        "has_no_pipes", "has_no_longer_paths", "cuts_only_what_it_opens", "keeps_its_limit_of_sizes",
    ]

    @Test(
        "making, renaming, linking and removing below a directory, as the system would, but for what stays as it is",
        arguments: [true, false])
    func editing(namespaces: Bool) async throws {
        let scene = try Scene(of: Scene.ownFixture("editing"))
        let outcomes = try await outcomes(scene) { deployment in
            deployment.usesNamespaces = namespaces
            deployment.protected.append("directory/kept-missing")
        }
        #expect(outcomes.count > Self.edits.count)
        for (tool, outcome) in outcomes {
            let expected = Self.edits.contains(tool) ? Outcome.Kind.succeeded : .violated
            #expect(outcome.kind == expected, "\(tool): \(outcome)")
        }
    }

    private static let works = [
        "pipeline", "here_document", "run_a_script", "copy_with_times", "use_git", "use_an_archive",
        "work_in_the_background", "finds_nothing_without_a_path",
    ]
    @Test(
        "programs in a directory that it may change; what they are refused is listed, and is no violation",
        arguments: [true, false])
    func programs(namespaces: Bool) async throws {
        let scene = try Scene(of: Scene.fixture("programs"))
        #expect(symlink(scene.workspace + "/sibling.txt", scene.directory + "/plugins/link.so") == 0)
        let outcomes = try await outcomes(scene) { deployment in
            deployment.usesNamespaces = namespaces
            deployment.plugins[0].grants = namespaces ? [.programs] : [.programs, .bestEffort]
        }
        // Its processes have other numbers in /proc, which is the worker's: docs/isolation.md.
        for (tool, outcome) in outcomes where tool != "see_its_processes" {
            let expected = Self.works.contains(tool) ? Outcome.Kind.succeeded : .failed
            #expect(outcome.kind == expected && outcome.enforcement == .kernel, "\(tool): \(outcome)")
            #expect(outcome.denied.isEmpty || expected == .failed, "\(tool): \(outcome)")
        }
        #expect(outcomes["write_outside"]?.denied == ["write: sibling.txt"])
        #expect(outcomes["read_by_a_librarys_name"]?.denied.count == 1)
    }

    /// The libraries beside the plugin may be read; by their names alone, what lies below in a root would be too.
    @Test("programs do not read what only looks as if it were the plugin's")
    func besideThePlugin() async throws {
        let scene = try Scene(of: Scene.fixture("programs"))
        let beside = scene.directory + "/plugins/beside"
        try FileManager.default.createDirectory(atPath: beside, withIntermediateDirectories: true)
        try Data("secret".utf8).write(to: URL(fileURLWithPath: beside + "/secret.so.txt"))
        let outcome = try await outcomes(scene) { deployment in
            deployment.roots.append(.init(name: "beside", path: beside, isWritable: false))
            deployment.plugins[0].grants = [.programs]
        }["read_beside_the_plugin"]
        #expect(outcome?.kind == .failed && outcome?.denied == ["read: \(beside)/secret.so.txt"], "\(outcome as Any)")
    }

    @Test("without the grant for programs none runs, and the attempt is a violation")
    func noPrograms() async throws {
        let scene = try Scene(of: Scene.fixture("programs"))
        let outcomes = try await outcomes(scene) { _ in }
        for (tool, outcome) in outcomes where tool != "finds_nothing_without_a_path" {
            #expect(outcome.kind == .violated, "\(tool): \(outcome)")
        }
    }

    /// The base layer, which is the same for all of them, gives what any of them was granted.
    @Test("of two tools of one plugin each has the grants that it declares itself", arguments: [true, false])
    func grants(namespaces: Bool) async throws {
        let scene = try Scene(of: Scene.ownFixture("grants"))
        let outcomes = try await outcomes(scene) { deployment in
            deployment.usesNamespaces = namespaces
            deployment.plugins[0].grants = [.programs, .bestEffort, .network]
        }
        #expect(outcomes.count == 8)
        for (tool, outcome) in outcomes {
            let isUndeclared = tool.hasSuffix("_undeclared")
            #expect((outcome.kind == .succeeded) != isUndeclared, "\(tool): \(outcome)")
        }
        for tool in ["run_a_program_undeclared", "make_a_socket_undeclared"] {
            #expect(outcomes[tool]?.kind == .violated, "\(outcomes[tool] as Any)")
        }
    }

    @Test("where a tool declares what nobody granted, its refusal says that, and not that it broke its contract")
    func ungranted() async throws {
        let scene = try Scene(of: Scene.ownFixture("grants"))
        let outcomes = try await outcomes(scene) { _ in }
        for (tool, grant) in [
            ("start_a_process", "programs"), ("run_a_program", "programs"), ("make_a_socket", "network"),
        ] {
            let (declared, undeclared) = (outcomes[tool], outcomes[tool + "_undeclared"])
            #expect(declared?.kind == .violated && undeclared?.kind == .violated, "\(outcomes)")
            #expect(declared?.message.contains("(grants: [\(grant)])") == true, "\(declared as Any)")
            #expect(undeclared?.message.contains("broke its contract") == true, "\(undeclared as Any)")
        }
    }

    @Test("where nothing would end programs, a plugin that is granted some does not serve")
    func programsWithoutNamespaces() throws {
        let scene = try Scene(of: Scene.fixture("programs"))
        var deployment = Deployment(workspace: scene.workspace)
        deployment.plugins = [.init(file: scene.plugin)]
        deployment.plugins[0].grants = [.programs]
        deployment.usesNamespaces = false
        let host = try Interlock.Host(deployment) { _, _ in }
        #expect(host.tools.isEmpty)
        #expect(host.problems.first?.problem.contains("best-effort") == true, "\(host.problems)")
        host.shutDown()
    }
}
