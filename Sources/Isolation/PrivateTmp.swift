import System

/// The /tmp that a call has for itself, where it has a mount namespace: its private directory.
enum PrivateTmp {
    static let path = "/tmp"
    static let prefix = Array("/tmp/".utf8)
}

extension Worker {
    /// Not if anything lies in it that calls need, or /tmp in a root: that could not be shown to them again, for what is mounted
    /// in a private directory Landlock takes for a part of it.
    var mayHideTmp: Bool {
        guard (try? realPath(PrivateTmp.path)) == PrivateTmp.path else { return false }
        return (files.rootPaths + [Array(realPlugin.utf8)]).allSatisfy { path in
            let beginning = path.last == UInt8(ascii: "/") ? path : path + [UInt8(ascii: "/")]
            return !beginning.starts(with: PrivateTmp.prefix) && !PrivateTmp.prefix.starts(with: beginning)
        }
    }
}
