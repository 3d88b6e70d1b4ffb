import System

extension Deployment.Plugin {
    /// The plugins that come with Interlock, serving all their tools.
    ///
    /// They are looked for in the directory, where the package manager puts them beside the executables that it builds, and
    /// then in `../lib/interlock/plugins` from there, where an installation has them.
    ///
    /// - Parameter directory: An absolute path; nil = where this process's executable lies.
    /// - Throws: A failure with the code `bundledPlugin` if one of them is missing.
    public static func bundled(near directory: String? = nil) throws(HostFailure) -> [Deployment.Plugin] {
        guard let directory = directory ?? executableDirectory() else {
            throw HostFailure(
                .bundledPlugin, "the bundled plugins cannot be found: the executable's directory is unknown",
                help: "name the directory that they are in")
        }
        var plugins: [Deployment.Plugin] = []
        for library in bundledLibraries {
            guard let file = bundledFile(library, near: directory) else {
                throw HostFailure(
                    .bundledPlugin, "the bundled plugin \(library) is not in \(directory)",
                    help: "`swift build` in Interlock's own package makes it; name the directory that it is in")
            }
            plugins.append(.bundled(file))
        }
        return plugins
    }

    package static func bundled(_ file: String) -> Deployment.Plugin {
        var plugin = Deployment.Plugin(file: file)
        plugin.isBundled = true
        return plugin
    }

    package static let bundledLibraries = ["libfiles.so"]
    private static let bundledDirectories = ["", "/../lib/interlock/plugins"]

    /// Where a bundled library lies, all links followed; nil when it is in none of the places.
    package static func bundledFile(_ library: String, near directory: String) -> String? {
        let kernel = Kernel()
        for place in bundledDirectories {
            let path = Array("\(directory)\(place)/\(library)".utf8)
            // Whatever keeps it from being opened, it is not to be had from here.
            guard let file = try? kernel.open(trusted: path, .handle), let real = try? kernel.realPath(of: file)
            else { continue }
            return String(validating: real, as: UTF8.self)
        }
        return nil
    }

    /// The directory of the executable that runs.
    package static func executableDirectory() -> String? {
        guard let target = try? Kernel().readLink(Array("/proc/self/exe".utf8), in: nil),
            let path = String(validating: target, as: UTF8.self), let slash = path.lastIndex(of: "/")
        else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
