import Interlock

/// What a start of Interlock was told: the deployment, and which files said so.
///
///     --config FILE, else the user's own file ─→ deployment ─ .interlock.yaml of the workspace tightens it ─→ deployment
package struct Configuration: Sendable {
    /// What to look at. Handed in, so that nothing here depends on the process that runs it.
    package struct Request: Sendable {
        /// `--config`; nil = the user's own file, if there is one.
        package var file: String?
        package var workspace: String
        package var environment: [String: String]
        /// Where the executable lies; the bundled plugins are found from there. nil = unknown.
        package var executableDirectory: String?

        package init(
            file: String? = nil, workspace: String, environment: [String: String], executableDirectory: String?
        ) {
            self.file = file
            self.workspace = workspace
            self.environment = environment
            self.executableDirectory = executableDirectory
        }
    }

    package var deployment: Deployment
    /// The files that were read, the user's own first.
    package var files: [String]
    /// What an operator should know, though it is no error.
    package var notes: [String]

    package static func load(_ request: Request) throws(ConfigurationFailure) -> Configuration {
        guard let workspace = ConfigurationFile.canonicalPath(request.workspace, directory: true) else {
            throw ConfigurationFailure(
                file: request.workspace, "the workspace is not a directory that can be opened",
                help: "--workspace DIR names the directory that tools work in")
        }
        var result = Configuration(deployment: Deployment(workspace: workspace), files: [], notes: [])
        var own = Settings()
        var paths = PathBase(directory: workspace, home: home(request))
        if let (path, text) = try ownFile(request) {
            own = try Settings.parse(text, file: path)
            paths.directory = directory(of: path)
            result.files.append(path)
            result.deployment = try own.deployment(workspace: workspace, paths: paths)
            try result.protect(file: path, what: "the configuration")
        }
        try result.placeLocks(own, paths, request)
        try result.placeCache(request)
        if own.bundled?.value ?? true { result.addBundledPlugins(request.executableDirectory) }
        result.protectForNextStart(request)

        let path = (workspace == "/" ? "" : workspace) + "/" + Deployment.workspaceFile
        if let text = try ConfigurationFile.read(path, followingLinks: false) {
            result.deployment = try tighten(result.deployment, with: Settings.parse(text, file: path))
            result.files.append(path)
        }
        return result
    }

    // MARK: - The user's own file

    private static func ownFile(_ request: Request) throws(ConfigurationFailure) -> (path: String, text: String)? {
        if let file = request.file {
            guard let text = try ConfigurationFile.read(file, followingLinks: true) else {
                throw ConfigurationFailure(
                    file: file, "there is no such configuration", help: "--config names a file that exists")
            }
            return (ConfigurationFile.canonicalPath(file) ?? file, text)
        }
        guard let path = ownPath(request), let text = try ConfigurationFile.read(path, followingLinks: true) else {
            return nil
        }
        return (path, text)
    }

    /// `$XDG_CONFIG_HOME/interlock/config.yaml`, else `~/.config/interlock/config.yaml`.
    private static func ownPath(_ request: Request) -> String? {
        // A relative directory there is to be ignored, says the specification.
        if let base = request.environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
            return "\(base)/interlock/config.yaml"
        }
        return home(request).map { "\($0)/.config/interlock/config.yaml" }
    }

    /// `locks:`, else `$XDG_STATE_HOME/interlock/locks`, else `~/.local/state/interlock/locks`: never nowhere by itself.
    private mutating func placeLocks(
        _ own: Settings, _ paths: PathBase, _ request: Request
    ) throws(ConfigurationFailure) {
        if let locks = own.locks {
            if locks.value == "none" { return }
            deployment.locks = try paths.resolve(locks)
        } else if let base = request.environment["XDG_STATE_HOME"], base.hasPrefix("/") {
            deployment.locks = "\(base)/interlock/locks"
        } else if let home = Self.home(request) {
            deployment.locks = "\(home)/.local/state/interlock/locks"
        }
        guard let file = deployment.locks else {
            throw ConfigurationFailure(
                file: "locks", "there is no place for the file that keeps hosts apart: HOME is not set",
                help: "set HOME, or XDG_STATE_HOME, or `locks:` in your own configuration: to a file, or to none")
        }
        for file in [file, file + ".hosts"] { try protect(file: file, what: "the lock file") }
    }

    /// `$XDG_CACHE_HOME/interlock/plugins`, else `~/.cache/interlock/plugins`, else nowhere: without it, plugins describe
    /// themselves at each start.
    private mutating func placeCache(_ request: Request) throws(ConfigurationFailure) {
        if let base = request.environment["XDG_CACHE_HOME"], base.hasPrefix("/") {
            deployment.cache = "\(base)/interlock/plugins"
        } else if let home = Self.home(request) {
            deployment.cache = "\(home)/.cache/interlock/plugins"
        }
        if let cache = deployment.cache { try protect(file: cache, what: "the cache of descriptions") }
    }

    private static func home(_ request: Request) -> String? {
        request.environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// No tool may write what decides over tools: a configuration inside the workspace is protected, and one inside a
    /// writable root is an error, for there is nothing to protect it with.
    private mutating func protect(file: String, what: String) throws(ConfigurationFailure) {
        protectInWorkspace(file)
        for path in Self.spellings(of: file) {
            for root in deployment.roots where root.isWritable {
                let rootPath = ConfigurationFile.canonicalPath(root.path) ?? root.path
                guard Self.path(path, below: rootPath) == nil else {
                    throw ConfigurationFailure(
                        file: file, "\(what) lies in the root \"\(root.name)\", where tools may write",
                        help: "make the root smaller or not writable, or keep \(what) elsewhere")
                }
            }
        }
    }

    /// Nor what the next start would load: the plugins, and the user's own file, which may not be there yet.
    private mutating func protectForNextStart(_ request: Request) {
        var paths = deployment.plugins.map(\.file)
        if let own = Self.ownPath(request) { paths.append(own) }
        for path in paths { protectInWorkspace(path) }
    }

    private mutating func protectInWorkspace(_ file: String) {
        for path in Self.spellings(of: file) {
            guard let inside = Self.path(path, below: deployment.workspace), !deployment.protected.contains(inside)
            else { continue }
            deployment.protected.append(inside)
        }
    }

    /// Both the name and what a symbolic link there leads to.
    private static func spellings(of file: String) -> [String] {
        Set([file, ConfigurationFile.resolvedPath(file)]).sorted()
    }

    private static func path(_ path: String, below directory: String) -> String? {
        let prefix = directory == "/" ? "/" : directory + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil
    }

    // MARK: - Bundled plugins

    /// Those that the user's own file names itself stay as they are written there.
    private mutating func addBundledPlugins(_ executableDirectory: String?) {
        guard let executableDirectory else {
            notes.append("the bundled plugins are not served: the executable's directory is unknown")
            return
        }
        let named = Set(deployment.plugins.compactMap { ConfigurationFile.canonicalPath($0.file) })
        for library in Deployment.Plugin.bundledLibraries {
            guard let file = Deployment.Plugin.bundledFile(library, near: executableDirectory) else {
                notes.append("the bundled plugin \(library) is not served: it is not in \(executableDirectory)")
                continue
            }
            if !named.contains(file) { deployment.plugins.append(.bundled(file)) }
        }
    }
}
