import CInterlock
import Calls
import Glibc

/// From a file to a plugin of this process that can be started. What can be checked before foreign code runs is checked before.
package enum PluginLibrary {
    /// Opens a shared library and reads its descriptor. [main: once at a time]
    ///
    /// Constructors of the library run here, and so does its entry; neither its `init` nor a tool does. The library stays
    /// in the process for ever: unloading Swift code crashes later, somewhere else.
    ///
    /// - Parameters:
    ///   - sha256: What the file must hash to (64 hexadecimal digits, lower case); nil = it is not pinned. Another file is
    ///     refused before any of it runs. Against somebody who swaps the file between the check and the loader's own
    ///     opening of it, only its entry is kept from running: keep plugins where nobody else can write.
    ///   - log: Takes what the plugin says to the operator outside of a call.
    package static func open(
        file: String, sha256: String? = nil, hostMinor: UInt32 = UInt32(ILK_ABI_MINOR),
        log: @escaping @Sendable (LogLevel, String) -> Void = PluginLibrary.writeToStandardError
    ) throws(LoadFailure) -> Plugin {
        let checked = try PluginFile(file, pinned: sha256)
        let entry = try findEntry(file)
        try checked.checkUnchanged()
        guard let descriptor = entry(hostMinor) else { throw .unwilling(file, hostMinor: hostMinor) }
        do throws(DescriptorFault) {
            let contents = try DescriptorReader.read(descriptor, hostMinor: hostMinor)
            return Plugin(file: file, contents, log: log)
        } catch {
            throw LoadFailure(file: file, reason: error.reason, help: error.help)
        }
    }

    package static let writeToStandardError: @Sendable (LogLevel, String) -> Void = { level, message in
        let line = Array("\(level): \(message)\n".utf8)
        // Where it cannot be written there is nowhere to say so.
        _ = write(STDERR_FILENO, line, line.count)
    }

    private typealias Entry = @convention(c) (UInt32) -> UnsafePointer<ilk_plugin>?

    private static func findEntry(_ file: String) throws(LoadFailure) -> Entry {
        // A name without a slash would be looked for among the system's libraries.
        let path = file.utf8.contains(UInt8(ascii: "/")) ? file : "./" + file
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
            throw .unloadable(file, loaderError())
        }
        guard let symbol = dlsym(library, ILK_ENTRY_SYMBOL) else {
            throw .entryNotFound(file, loaderError())
        }
        return unsafeBitCast(symbol, to: Entry.self)
    }

    private static func loaderError() -> String { dlerror().map { String(cString: $0) } ?? "no reason given" }
}
