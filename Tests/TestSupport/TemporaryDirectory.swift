import Foundation

/// An empty directory for one test. Removed with the object.
package final class TemporaryDirectory: Sendable {
    /// Without links, and short: a socket's path has at most 107 bytes.
    package let path: String

    package init(in parent: String = "/tmp") throws {
        var template = Array((parent + "/ilk-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = URL(fileURLWithPath: made).resolvingSymlinksInPath().path
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("could not remove \(path): \(error)")
        }
    }
}
