import Calls
import Foundation
import Guards
import System
import file_services_driver

@testable import Workspace
@testable import WorkspaceTests

#if DEBUG

    // What the file services do when others come between two of their system calls.

    extension Scenario {
        /// A directory of one's own, and file services on it.
        struct Files {
            let sandbox: Sandbox
            let faulty = FaultyKernel()
            let workspace: Workspace
            let services: FileServices

            init(_ guards: RaceGuards) throws {
                sandbox = try Sandbox()
                try sandbox.file("ws/f", "old")
                var kernel = faulty.kernel
                kernel.guards = guards
                workspace = try sandbox.workspace(kernel: kernel)
                services = FileServices(workspace: workspace, coverage: WholeGrant())
            }
        }

        @Sendable static func editorSaves(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            let path = files.sandbox.root + "/f"
            files.faulty.onFirst(.changeMode) { overwrite(path, "the editor's") }
            let code = code { try files.services.write("f", "the call's") }
            let content = files.sandbox.content("ws/f")
            return code == .changed && content == "the editor's" ? nil : "what the editor saved is lost"
        }

        @Sendable static func fileIsLinked(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            let root = files.sandbox.root
            _ = try files.services.read("f")
            // Its directory is open already; this is the file, when it has been looked at.
            files.faulty.onFirst(.open) { link(root + "/f", root + "/twin") }
            let code = code { try files.services.write("f", "new") }
            let content = files.sandbox.content("ws/twin")
            return code == .changed && content == "old" ? nil : "it wrote under a name that nobody claimed"
        }

        @Sendable static func directoryIsMoved(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            try files.sandbox.file("ws/d/f", "old")
            let root = files.sandbox.root
            files.faulty.onFirst(.changeMode) {
                rename(root + "/d", root + "/moved")
                mkdir(root + "/d", 0o755)
            }
            _ = code { try files.services.write("d/f", "new") }
            return files.sandbox.content("ws/moved/f") == "old" ? nil : "it wrote where its path does not lead"
        }

        @Sendable static func fileIsSwapped(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            try files.sandbox.file("ws/other", "other")
            let root = files.sandbox.root
            _ = try files.services.read("f")
            files.faulty.onFirst(.open) { rename(root + "/other", root + "/f") }
            return try? files.services.read("f") == "other" ? "it read another file than it found" : nil
        }

        @Sendable static func linkInRemovedTree(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            try files.sandbox.file("ws/d/sub/f")
            try files.sandbox.file("outside/kept")
            let (root, outside) = (files.sandbox.root, files.sandbox.path + "/outside")
            let faulty = files.faulty
            faulty.onFirst(.readDirectory) {
                // When its names are read, and before what is in it is opened.
                faulty.onFirst(.readDirectory) {
                    rename(root + "/d/sub", root + "/moved")
                    symlink(outside, root + "/d/sub")
                }
            }
            _ = code { try files.services.remove("d", recursive: true) }
            return files.sandbox.content("outside/kept") == "old" ? nil : "it removed what a link leads to"
        }

        @Sendable static func readerLooks(_ guards: RaceGuards) throws -> String? {
            let sandbox = try Sandbox()
            try sandbox.file("ws/f", "the old content")
            let seen = Guarded(Set<String?>())
            var kernel = Kernel()
            kernel.guards = guards
            let path = sandbox.root + "/f"
            kernel.intercept = { _ in
                let content = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
                seen.withLock { _ = $0.insert(content) }
            }
            try sandbox.services(kernel: kernel).write("f", "the new")
            let torn = seen.withLock { $0.subtracting(["the old content", "the new"]) }
            return torn.isEmpty ? nil : "a reader saw \(torn)"
        }

        @Sendable static func lateTwin(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            let path = files.sandbox.root + "/new"
            files.faulty.onFirst(.rename) { overwrite(path, "theirs") }
            let code = code { try files.services.write("new", "ours") }
            let content = files.sandbox.content("ws/new")
            return code == .changed && content == "theirs" ? nil : "what the other program wrote is lost"
        }

        @Sendable static func unfinishedFile(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            // Another call, when the first one's file is there and has not got its place yet.
            let (root, workspace) = (files.sandbox.root, files.workspace)
            files.faulty.onFirst(.changeMode) {
                let services = FileServices(workspace: workspace, coverage: WholeGrant())
                let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
                for name in names where name.hasSuffix(".tmp") { try? services.remove(name) }
            }
            let failure = code { try files.services.write("f", "new") }
            return failure == nil && files.sandbox.content("ws/f") == "new"
                ? nil : "a call removed what another was writing"
        }

        @Sendable static func unlockedFileOfTheLiving(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            let workspace = files.workspace
            // Another host's start, between the making of the file and its lock.
            files.faulty.onFirst(.lock) { workspace.reapTemporaryFiles() }
            let failure = code { try files.services.write("f", "new") }
            return failure == nil && files.sandbox.content("ws/f") == "new" ? nil : "a write lost its unfinished file"
        }

        @Sendable static func lockedFileOfAnotherNamespace(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            let name = TemporaryName.name(owner: ProcessIdentity(number: 1 << 30, started: 1), counter: 1)
            let path = files.sandbox.root + "/" + String(decoding: name, as: UTF8.self)
            let holder = open(path, O_CREAT | O_WRONLY, 0o600)
            defer { close(holder) }
            guard flock(holder, LOCK_EX | LOCK_NB) == 0 else { return "the file cannot be locked" }
            files.workspace.reapTemporaryFiles()
            return access(path, F_OK) == 0 ? nil : "a file that somebody holds was removed"
        }

        /// As an editor does that writes in place.
        private static func overwrite(_ path: String, _ content: String) {
            let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o644)
            _ = write(descriptor, content, content.utf8.count)
            close(descriptor)
        }
    }

#endif
