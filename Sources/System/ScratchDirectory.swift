import Glibc

/// An empty directory for this process alone, below `TMPDIR` or /tmp.
package struct ScratchDirectory: Sendable {
    package let path: String

    /// Where such directories are made.
    package static var base: String {
        environmentValue("TMPDIR").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    }

    package init() throws(SystemError) {
        var template = Array((Self.base + "/interlock-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// It must be empty again.
    package func remove() { rmdir(path) }
}
