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
        let isHere = (try? realPath(PrivateTmp.path)) == PrivateTmp.path && !files.isInRoot(Array(PrivateTmp.path.utf8))
        return isHere && !(files.rootPaths + [Array(realPlugin.utf8)]).contains { $0.starts(with: PrivateTmp.prefix) }
    }
}
