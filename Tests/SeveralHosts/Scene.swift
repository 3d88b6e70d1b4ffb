import Foundation

/// How hosts see the same files.
package enum Scene: CaseIterable, Sendable {
    /// One workspace.
    case one
    /// A workspace inside the other's.
    case nested
    /// Two workspaces, and a directory beside them as a root of both.
    case root
    /// Two workspaces, and hard links from one to the other.
    case hardLinks

    /// The names of the shared files in each of two workspaces, and of the files themselves.
    func files(_ place: Playground, _ number: Int) -> (names: [String], file: String) {
        let name = "f\(number)"
        return switch self {
        case .one: ([name, name], "work/\(name)")
        case .nested: (["in/er/\(name)", name], "work/in/er/\(name)")
        case .root: ([place.path("shared/\(name)"), place.path("shared/\(name)")], "shared/\(name)")
        case .hardLinks: ([name, name], "work/\(name)")
        }
    }

    var workspaces: [String] {
        switch self {
        case .one: ["work", "work"]
        case .nested: ["work", "work/in/er"]
        case .root, .hardLinks: ["work", "other"]
        }
    }

    /// A file with several names is written in place: who is killed then leaves half of it, and says so beforehand.
    package var survivesKills: Bool { self != .hardLinks }

    func prepare(files: Int) throws -> Playground {
        let settings = self == .root ? "roots:\n  - name: shared\n    path: SHARED\n    writable: true\n" : ""
        let place = try Playground(settings)
        for name in ["work/in/er", "other", "shared"] { try place.makeDirectory(name) }
        for config in ["config.yaml", "alone.yaml"] {
            try place.write(config, place.text(config).replacingOccurrences(of: "SHARED", with: place.path("shared")))
        }
        guard self == .hardLinks else { return place }
        for number in 0..<files {
            try place.write("work/f\(number)", "")
            try FileManager.default.linkItem(
                atPath: place.path("work/f\(number)"), toPath: place.path("other/f\(number)"))
        }
        return place
    }
}
