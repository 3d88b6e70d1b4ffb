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

    private func name(_ hash: FileHash, _ hostMinor: UInt32) -> String { "\(hash)-\(IW_VERSION).\(hostMinor)" }

    private func path(_ hash: FileHash, _ hostMinor: UInt32) -> String { "\(directory)/\(name(hash, hostMinor))" }

    /// Nil if it is not known, or cannot be read.
    func description(of hash: FileHash, hostMinor: UInt32) -> [UInt8]? {
        try? Kernel().contents(ofTrusted: path(hash, hostMinor), maximum: Int(IW_DESCRIPTION_MAX))
    }

    /// Where it cannot be kept, the plugin describes itself again the next time.
    func keep(_ description: [UInt8], of hash: FileHash, hostMinor: UInt32) {
        try? Kernel().replace(trusted: path(hash, hostMinor), with: description)
    }

    /// The plugin is asked again the next time.
    func forget(_ hash: FileHash, hostMinor: UInt32) {
        let kernel = Kernel()
        guard let directory = try? kernel.open(trusted: Array(directory.utf8), .directoryHandle) else { return }
        try? kernel.remove(Array(name(hash, hostMinor).utf8), in: directory, isDirectory: false)
    }
}
