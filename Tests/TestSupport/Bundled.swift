import Foundation

/// What the build puts beside the test executable.
package enum Bundled {
    package static func product(_ name: String) -> String {
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: executable).deletingLastPathComponent().appendingPathComponent(name).path
    }

    package static var files: String { product("libfiles.so") }
    package static var leases: String { product("libleases.so") }
    package static var command: String { product("interlock") }
}
