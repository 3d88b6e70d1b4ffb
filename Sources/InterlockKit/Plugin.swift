import CInterlock

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A loadable library with tools. One per library, in a global constant, with the entry beside it:
///
/// ```swift
/// let plugin = Plugin(id: "org.example.words", version: "1.0.0", tools: [WordCount()])
///
/// @c(ilk_plugin_v1) public func entry(_ hostMinor: UInt32) -> UnsafePointer<ilk_plugin>? {
///     plugin.descriptor(hostMinor)
/// }
/// ```
///
/// The entry needs `import CInterlock` too. It may have any name in Swift; the header's own declaration of the C function
/// does not clash with it. Out of tree, build with `swiftc -parse-as-library -emit-library`.
public final class Plugin: Sendable {
    /// The operator's settings for the plugin, handed over once, before any call.
    public struct Configuration: Sendable {
        /// As JSON; `{}` if there are none.
        public let json: String

        /// - Throws: `DecodingError`, which refuses the plugin if it passes through `configure`.
        public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
            try JSONDecoder().decode(type, from: Data(json.utf8))
        }
    }

    let id: String
    let version: String
    let tools: [any Tool]
    let configure: @Sendable (Configuration) throws -> Void
    private let memory: DescriptorMemory

    /// - Parameters:
    ///   - id: Reverse DNS: `org.example.words`.
    ///   - version: Semantic version.
    ///   - tools: One value of each tool; it serves all of its calls.
    ///   - configure: Runs before any call, once at a time; a thrown error refuses the plugin, with the error's words. It
    ///     may not start threads or do I/O.
    public init(
        id: String, version: String, tools: [any Tool],
        configure: @escaping @Sendable (Configuration) throws -> Void = { _ in }
    ) {
        self.id = id
        self.version = version
        self.tools = tools
        self.configure = configure
        memory = DescriptorMemory(id: id, version: version, tools: tools.map { type(of: $0) })
        memory.bind(to: self)
    }

    /// What the entry answers. Built once, when the global constant is first used, the same for each host, and alive as
    /// long as the process.
    public func descriptor(_ hostMinor: UInt32) -> UnsafePointer<ilk_plugin>? {
        memory.plugin
    }
}
