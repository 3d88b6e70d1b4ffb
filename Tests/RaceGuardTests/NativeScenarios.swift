import Foundation
import Guards
import System

@testable import Workspace
@testable import WorkspaceTests

#if DEBUG

    // What the host does in the place of a call's own code, when others come between two of its system calls.

    extension Scenario {
        /// Nil if what the host does there asks for no such guard, or for the same one at the same place as the services.
        static func native(_ guard: RaceGuard) -> Scenario? {
            switch `guard` {
            case .useInsideClaim: once(nativeUse)
            case .noNewName: once(linkedBeforeNativeUse)
            case .samePlace: once(movedBeforeNativeUse)
            case .sameFile: once(swappedBeforeNativeUse)
            default: nil
            }
        }

        @Sendable static func nativeUse(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            let services = FileServices(workspace: files.workspace, coverage: Only())
            _ = services.perform(.truncate(size: 0, most: .max), files.sandbox.root + "/f")
            return files.sandbox.content("ws/f") == "old" ? nil : "it wrote what it had not claimed"
        }

        @Sendable static func linkedBeforeNativeUse(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            let root = files.sandbox.root
            _ = try files.services.read("f")
            files.faulty.onFirst(.open) { link(root + "/f", root + "/twin") }
            _ = files.services.perform(.truncate(size: 0, most: .max), root + "/f")
            return files.sandbox.content("ws/twin") == "old" ? nil : "it wrote under a name that nobody claimed"
        }

        @Sendable static func movedBeforeNativeUse(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            try files.sandbox.file("ws/d/f")
            let root = files.sandbox.root
            _ = try files.services.read("d/f")
            // Its directory is open; this is the file.
            files.faulty.onFirst(.status) {
                rename(root + "/d", root + "/moved")
                mkdir(root + "/d", 0o755)
            }
            _ = files.services.perform(.remove(isDirectory: false), root + "/d/f")
            return files.sandbox.content("ws/moved/f") == "old" ? nil : "it removed what its path does not lead to"
        }

        @Sendable static func swappedBeforeNativeUse(_ guards: RaceGuards) throws -> String? {
            let files = try Files(guards)
            try files.sandbox.file("ws/other", "other")
            let root = files.sandbox.root
            _ = try files.services.read("f")
            files.faulty.onFirst(.open) { rename(root + "/other", root + "/f") }
            guard case .opened = files.services.perform(.open([]), root + "/f") else { return nil }
            return "it read another file than it found"
        }
    }

    extension FileServices {
        fileprivate func perform(_ act: FileAttempt.Act, _ path: String) -> AttemptAnswer {
            perform(FileAttempt(act, Array(path.utf8)))
        }
    }

#endif
