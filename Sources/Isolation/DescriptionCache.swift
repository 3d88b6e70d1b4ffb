import CWorker
import Loading
import System

/// What plugins said of themselves, by the hashes of their files: so that a known one need not run to be listed. What is
/// found here is judged like what a worker says.
package struct DescriptionCache: Sendable {
    private let directory: String

    /// - Parameter directory: Made, with its parents, when there is something to keep.
    package init(directory: String) {
        self.directory = directory
    }

    private func path(_ hash: FileHash, _ hostMinor: UInt32) -> String {
        "\(directory)/\(hash)-\(IW_VERSION).\(hostMinor)"
    }

    /// Nil if it is not known, or cannot be read.
    func description(of hash: FileHash, hostMinor: UInt32) -> [UInt8]? {
        try? Kernel().contents(ofTrusted: path(hash, hostMinor), maximum: Int(IW_DESCRIPTION_MAX))
    }

    /// Where it cannot be kept, the plugin describes itself again the next time.
    func keep(_ description: [UInt8], of hash: FileHash, hostMinor: UInt32) {
        try? Kernel().replace(trusted: path(hash, hostMinor), with: description)
    }
}
