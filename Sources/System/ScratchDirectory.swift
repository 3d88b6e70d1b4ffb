import CSandbox
import Glibc

/// A directory for this process alone, with a name that nobody can guess.
package struct ScratchDirectory: Sendable {
    /// Without links: whether something lies in it is asked of paths that have none.
    package let path: String

    /// Where such directories are made: `TMPDIR` or /tmp.
    package static var base: String {
        environmentValue("TMPDIR").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    }

    package init(in base: String = Self.base) throws(SystemError) {
        let path = "\(base)/interlock-\(String(UInt64.random(in: .min ... .max), radix: 16))"
        if mkdir(path, 0o700) != 0 { throw SystemError(errno) }
        self.path = try realPath(path)
    }

    /// With everything in it, following nothing.
    package func remove() throws(SystemError) {
        if sandbox_private_remove(path) != 0 { throw SystemError(errno) }
    }
}

/// Where a path leads, without any link on the way.
package func realPath(_ path: String) throws(SystemError) -> String {
    guard let real = realpath(path, nil) else { throw SystemError(errno) }
    defer { free(real) }
    return String(cString: real)
}
