import Calls
import Workspace

/// Every operation of the file services that changes something, on the tree that its test makes.
package enum FileChange: String, CaseIterable, Sendable {
    case replace, create, createBelowMissing, makeDirectory, makeDirectories, removeFile, removeLink, removeDirectory
    case removeTree, moveFile, moveOntoFile, moveOntoTwin, moveDirectory

    /// What stands in the tree before.
    package static let files = [
        "f": "the old content", "g": "another content", "twin": "one of two names", "d/one": "1", "d/two": "2",
        "d/sub/three": "3",
    ]
    package static let directories = ["empty"]
    package static let links = ["link": "f"]
    /// The second name of a file.
    package static let hardLinks = ["second": "twin"]

    /// Some of it may be done, and the rest not.
    package var hasSteps: Bool { self == .createBelowMissing || self == .makeDirectories || self == .removeTree }

    package func run(on services: FileServices) throws(ServiceError) {
        func path(_ text: String) -> [UInt8] { Array(text.utf8) }
        func write(_ name: String) throws(ServiceError) {
            try services.write(path: path(name), path("the new content, which is longer"), WriteCondition())
        }
        func remove(_ name: String, recursive: Bool = false) throws(ServiceError) {
            try services.remove(path: path(name), recursive: recursive)
        }
        func move(_ from: String, _ to: String, replace: Bool = false) throws(ServiceError) {
            try services.rename(from: path(from), to: path(to), replace: replace)
        }
        switch self {
        case .replace: try write("f")
        case .create: try write("new")
        case .createBelowMissing: try write("n/m/new")
        case .makeDirectory: try services.makeDirectory(path: path("n"))
        case .makeDirectories: try services.makeDirectory(path: path("n/m/o"))
        case .removeFile: try remove("f")
        case .removeLink: try remove("link")
        case .removeDirectory: try remove("empty")
        case .removeTree: try remove("d", recursive: true)
        case .moveFile: try move("f", "d/f")
        case .moveOntoFile: try move("f", "g", replace: true)
        case .moveOntoTwin: try move("twin", "second", replace: true)
        case .moveDirectory: try move("d", "empty/d")
        }
    }
}

/// The grant of a call that declared nothing.
package struct WholeGrant: LockCoverage {
    package init() {}
    package func covers(_ lock: Lock) -> Bool { true }
}
