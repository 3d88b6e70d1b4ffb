import Foundation
import TestSupport

/// The plugin whose calls do what a script in their arguments says: Fixtures/scripted.c.
package enum ScriptedPlugin {
    package static let id = "org.example.scripted"

    /// Built once. Every test opens a copy of its own, because a library's counters are the process's.
    private static let library: Result<Data, any Error> = Result {
        let workshop = try Workshop()
        let source = Workshop.repository + "/Tests/HostSupport/Fixtures/scripted.c"
        return try Data(contentsOf: URL(fileURLWithPath: workshop.buildC(source, ["-pthread"])))
    }

    static func copy(to file: String) throws {
        try library.get().write(to: URL(fileURLWithPath: file))
    }
}
