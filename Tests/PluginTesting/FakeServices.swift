import Calls
import StrictJSON
import System

/// The services of one call over files in memory; it remembers what it was asked.
package final class FakeServices: CallServices {
    package struct State {
        package var files: [[UInt8]: [UInt8]] = [:]
        package var output = ""
        package var result: JSON?
        package var failures: [(code: ServiceError.Code, message: String, details: JSON?)] = []
        package var logged: [String] = []
        package var names: [Int: String] = [:]
        package var enrolled: [String: String] = [:]
        package var denied: [DeniedAttempt] = []
        package var hostsLock: Int32 = -1
        /// How often a file was read.
        package var reads = 0
    }

    package let state: Guarded<State>
    /// Told when the call reports progress.
    private let onProgress: @Sendable () -> Void

    package init(
        files: [String: String] = [:], names: [Int: String] = [:], enrolled: [String: String] = [:],
        onProgress: @escaping @Sendable () -> Void = {}
    ) {
        var state = State()
        for (path, content) in files { state.files[Array(path.utf8)] = Array(content.utf8) }
        state.names = names
        state.enrolled = enrolled
        self.state = Guarded(state)
        self.onProgress = onProgress
    }

    package var output: String { state.withLock { $0.output } }
    package var lines: [String] { output.split(separator: "\n").map(String.init) }
    package func content(_ path: String) -> String? {
        state.withLock { $0.files[Array(path.utf8)].map { String(decoding: $0, as: UTF8.self) } }
    }

    package func emit(mime: String, _ bytes: [UInt8]) {
        state.withLock { $0.output += String(decoding: bytes, as: UTF8.self) }
    }
    package var outputLimit: Int { 1 << 20 }
    package func setResult(_ value: JSON) { state.withLock { $0.result = value } }
    package func progress(done: Double, total: Double, message: String) { onProgress() }
    package func fail(_ code: ServiceError.Code, message: String, details: JSON?) {
        state.withLock { $0.failures.append((code, message, details)) }
    }
    package func log(level: LogLevel, _ message: String) { state.withLock { $0.logged.append("\(level) \(message)") } }

    package var isCancelled: Bool { false }
    package var cancelDescriptor: Int32 { -1 }
    package var hostsLock: Int32 { state.withLock { $0.hostsLock } }
    package var deadline: UInt64 { 0 }
    package func release(claim: Int) throws(ServiceError) {
        throw ServiceError(.arguments, "claim \(claim) is not releasable")
    }

    package func read(
        path: [UInt8], offset: UInt64, maximum: UInt64
    ) throws(ServiceError) -> (bytes: [UInt8], status: FileStatus) {
        let status = try status(path: path, follow: true)
        let bytes = state.withLock { state in
            state.reads += 1
            return state.files[path] ?? []
        }
        return (Array(bytes.dropFirst(Int(offset)).prefix(Int(clamping: maximum))), status)
    }

    package func write(path: [UInt8], _ bytes: [UInt8], _ condition: WriteCondition) throws(ServiceError) {
        let current = state.withLock { $0.files[path] }
        if condition.presence == .mustBeNew, current != nil { throw ServiceError(.exists, "the file exists") }
        if condition.presence == .mustExist, current == nil { throw ServiceError(.notFound, "no such file") }
        if let version = condition.version, version != current.map(Self.version) {
            throw ServiceError(.changed, "somebody changed the file")
        }
        state.withLock { $0.files[path] = bytes }
    }

    package func status(path: [UInt8], follow: Bool) throws(ServiceError) -> FileStatus {
        guard let bytes = state.withLock({ $0.files[path] }) else {
            throw ServiceError(.notFound, "there is no file \(String(decoding: path, as: UTF8.self))")
        }
        return FileStatus(
            kind: .file, size: UInt64(bytes.count), version: Self.version(bytes), modified: 0, mode: 0o644)
    }

    private static func version(_ bytes: [UInt8]) -> FileVersion {
        FileVersion(UInt64(bytes.count), bytes.reduce(7) { $0 &* 31 &+ UInt64($1) })
    }

    package func list(path: [UInt8]) -> [DirectoryEntry] {
        state.withLock { state in
            state.files.keys.sorted { $0.lexicographicallyPrecedes($1) }.map { DirectoryEntry(name: $0, kind: .file) }
        }
    }

    package func remove(path: [UInt8], recursive: Bool) throws(ServiceError) {
        _ = try status(path: path, follow: false)
        _ = state.withLock { $0.files.removeValue(forKey: path) }
    }

    package func rename(from: [UInt8], to: [UInt8], replace: Bool) throws(ServiceError) {
        let (bytes, _) = try read(path: from, offset: 0, maximum: .max)
        try remove(path: from, recursive: false)
        state.withLock { $0.files[to] = bytes }
    }

    package func makeDirectory(path: [UInt8]) throws(ServiceError) { throw ServiceError(.kind, "only files here") }

    package func keeps(_ lock: Lock) -> Bool { true }
    package func denied(_ attempt: DeniedAttempt) { state.withLock { $0.denied.append(attempt) } }

    package var roots: [(name: String, path: [UInt8])] {
        [("workspace", Array("/work".utf8)), ("other", Array("/other".utf8))]
    }

    package func reservedName(claim: Int) throws(ServiceError) -> String {
        guard let name = state.withLock({ $0.names[claim] }) else { throw ServiceError(.notFound, "no name \(claim)") }
        return name
    }

    package func enroll(kind: String, name: String, label: String) throws(ServiceError) {
        let isNew = state.withLock { $0.enrolled.updateValue(label, forKey: "\(kind)/\(name)") == nil }
        if !isNew { throw ServiceError(.exists, "\(kind) \(name) is registered already") }
    }

    package func unenroll(kind: String, name: String) throws(ServiceError) {
        let label = state.withLock { $0.enrolled.removeValue(forKey: "\(kind)/\(name)") }
        if label == nil { throw ServiceError(.notFound, "there is no \(kind) \"\(name)\"") }
    }

    package func enrolled(kind: String) -> [(name: String, label: String)] {
        state.withLock { state in
            state.enrolled.filter { $0.key.hasPrefix(kind + "/") }.sorted { $0.key < $1.key }
                .map { (String($0.key.dropFirst(kind.utf8.count + 1)), $0.value) }
        }
    }
}
