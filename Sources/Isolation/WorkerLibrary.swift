import CInterlock
import CWorker
import Calls
import Loading
import System

/// From a file to a plugin that runs in workers. None of the plugin's code runs in this process, not even to describe itself.
package enum WorkerLibrary {
    /// Looks at a shared library, and has a worker describe it if `cache` does not know it. No call can run before `start`.
    ///
    /// - Parameters:
    ///   - sha256: What the file must hash to (64 hexadecimal digits, lower case); nil = it is not pinned.
    ///   - files: What its calls claim.
    ///   - log: Takes what the plugin says to the operator outside of a call, and what becomes of its workers.
    package static func open(
        file: String, sha256: String? = nil, hostMinor: UInt32 = UInt32(ILK_ABI_MINOR),
        options: WorkerOptions = .init(),
        cache: DescriptionCache? = nil, files: any NativeFiles = NoNativeFiles(),
        log: @escaping @Sendable (LogLevel, String) -> Void = PluginLibrary.writeToStandardError
    ) throws(LoadFailure) -> WorkerPlugin {
        let library = try PluginFile(file, pinned: sha256, hashing: cache != nil)
        func plugin(_ description: PluginDescription, _ described: [UInt8]) -> WorkerPlugin {
            WorkerPlugin(
                library, description, described: described, hostMinor: hostMinor, options: options, files: files,
                forget: {
                    if let hash = library.sha256 { cache?.forget(hash, hostMinor: hostMinor) }
                }, log: log)
        }
        if let hash = library.sha256, let known = cache?.description(of: hash, hostMinor: hostMinor),
            let description = try? DescriptorCopy.describe(known, file: file, hostMinor: hostMinor)
        {
            return plugin(description, known)
        }
        let described = try describe(library, options, hostMinor, log)
        let description = try DescriptorCopy.describe(described, file: file, hostMinor: hostMinor)
        if let hash = library.sha256 { cache?.keep(described, of: hash, hostMinor: hostMinor) }
        return plugin(description, described)
    }

    private static func describe(
        _ library: PluginFile, _ options: WorkerOptions, _ hostMinor: UInt32,
        _ log: @escaping @Sendable (LogLevel, String) -> Void
    ) throws(LoadFailure) -> [UInt8] {
        var options = options
        options.grants = []
        let file = library.path
        let log: @Sendable (LogLevel, String) -> Void = { log($0, "\(file): \($1)") }
        let worker = try worker(
            library, options, NoNativeFiles(), runsInThreads: false, hostMinor: hostMinor, log: log)
        defer { worker.end(because: "it has said what it had to say") }
        return try description(of: worker, library, hostMinor: hostMinor)
    }

    // MARK: - Steps of a worker

    static func worker(
        _ library: PluginFile, _ options: WorkerOptions, _ files: any NativeFiles, runsInThreads: Bool,
        hostMinor: UInt32,
        log: @escaping @Sendable (LogLevel, String) -> Void
    ) throws(LoadFailure) -> Worker {
        do throws(SystemError) {
            return try Worker(library, options, files, runsInThreads: runsInThreads, hostMinor: hostMinor, log: log)
        } catch {
            throw shortage(library.path, "no worker can be started for it: \(error)")
        }
    }

    /// It says nothing of what the kernel can do: no reason to run a plugin inside the host.
    private static func shortage(_ file: String, _ reason: String) -> LoadFailure {
        LoadFailure(
            file: file, reason: reason,
            help:
                "free processes, memory or open files (`ulimit -a` shows the limits); TMPDIR must be a directory of yours"
        )
    }

    /// What the worker's plugin says of itself, as it stands in IW_DESCRIBED.
    static func description(
        of worker: Worker, _ library: PluginFile, hostMinor: UInt32
    ) throws(LoadFailure) -> [UInt8] {
        switch worker.opening() {
        case .described(let bytes):
            try library.checkUnchanged()
            return bytes
        case .unconfined(let words, let isShortage):
            if isShortage { throw shortage(library.path, "its worker cannot be confined now: \(words)") }
            throw .unconfined(library.path, words)
        case .refused(let reason, let words): throw refusal(library.path, reason, words, hostMinor)
        case nil: throw silence(library.path, worker, "while it was opened")
        }
    }

    static func initialize(
        _ worker: Worker, _ library: PluginFile, configuration: String
    ) throws(LoadFailure) {
        do throws(SystemError) {
            try worker.initialize(configuration: configuration)
        } catch {
            throw silence(library.path, worker, "before it was started")
        }
        guard let (status, words) = worker.initialized() else { throw silence(library.path, worker, "in its init") }
        if status == IW_STARTED_THREADS { throw threads(library.path, "its init") }
        if status != 0 { throw .initFailed(library.path, status: status, words) }
    }

    private static func refusal(
        _ file: String, _ reason: Int, _ words: String, _ hostMinor: UInt32
    ) -> LoadFailure {
        switch reason {
        case IW_REFUSED_LIBRARY: .unloadable(file, words)
        case IW_REFUSED_ENTRY: .entryNotFound(file, words)
        case IW_REFUSED_HOST: .unwilling(file, hostMinor: hostMinor)
        case IW_REFUSED_THREADS: threads(file, "opening it")
        default:
            LoadFailure(
                file: file, reason: "its description has more than \(IW_DESCRIPTION_MAX >> 20) MiB",
                help: "this is for the plugin's author: see interlock.h")
        }
    }

    private static func threads(_ file: String, _ what: String) -> LoadFailure {
        LoadFailure(
            file: file, reason: "\(what) starts threads, which interlock.h forbids",
            help: "this is for the plugin's author: start threads in a call")
    }

    private static func silence(_ file: String, _ worker: Worker, _ when: String) -> LoadFailure {
        guard let over = worker.over else {
            return LoadFailure(
                file: file, reason: "it did not answer within \(WorkerOptions.startLimit / 1000) s \(when)",
                help: "this is for the plugin's author: neither its entry nor its init may block")
        }
        return LoadFailure(
            file: file, reason: "it \(over) \(when)",
            help: "this is for the plugin's author; other plugins and the host are not affected")
    }
}
