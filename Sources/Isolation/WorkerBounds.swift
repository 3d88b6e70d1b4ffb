import CSandbox
import Calls
import System

/// The most that a worker may ever reach of the files of this machine, besides the runtime's own.
package struct WorkerBounds: Sendable {
    package var paths: [NativePath]
    /// Absolute paths below those that may be changed, which must stay as they are.
    package var kept: [[UInt8]]

    package init(paths: [NativePath], kept: [[UInt8]]) {
        self.paths = paths
        self.kept = kept
    }

    /// Where a plugin only says what it is.
    package static let nothing = WorkerBounds(paths: [], kept: [])
}

/// What holds of a worker, as its own code said before any of the plugin's had run.
struct Confinement: Sendable {
    /// Bits of SANDBOX_HELD_ constants.
    var held: UInt32
    /// Bits of SANDBOX_GRANT_ constants.
    var grants: UInt32

    var keepsProtected: Bool { held & UInt32(SANDBOX_HELD_KEPT) != 0 }
    var hasProcessNamespace: Bool { held & UInt32(SANDBOX_HELD_PID) != 0 }
}

extension NativePath {
    /// Opens exactly what is meant; nil if it is there no more.
    func place(_ kernel: Kernel) -> Permission.Place? {
        guard let descriptor = try? kernel.open(trusted: path, .handle),
            let status = try? kernel.status(of: descriptor),
            status.device == device, status.inode == inode
        else { return nil }
        return Permission.Place(descriptor, access: access.rawValue)
    }
}
