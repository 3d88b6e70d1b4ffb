/// Paths as the system has them: bytes, of which these mean something.
package enum PathBytes {
    package static let slash = UInt8(ascii: "/")
    /// A directory's name for itself.
    package static let dot = Array(".".utf8)
    /// A directory's name for the one above.
    package static let dotDot = Array("..".utf8)

    /// Without empty components and `.`.
    package static func components(of path: [UInt8]) -> [[UInt8]] {
        path.split(separator: slash).map(Array.init).filter { $0 != dot }
    }

    package static func absolute(_ components: some Sequence<[UInt8]>) -> [UInt8] {
        [slash] + joined(components)
    }

    /// The relative path of some components.
    package static func joined(_ components: some Sequence<[UInt8]>) -> [UInt8] {
        Array(components.joined(separator: [slash]))
    }
}
