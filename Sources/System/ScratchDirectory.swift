import Glibc

/// An empty directory for this process alone, below `TMPDIR` or /tmp.
package struct ScratchDirectory: Sendable {
    package let path: String

    package init() throws(SystemError) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        var template = Array(((base.hasPrefix("/") ? base : "/tmp") + "/interlock-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// It must be empty again.
    package func remove() { rmdir(path) }
}
