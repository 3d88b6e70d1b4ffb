import Calls
import StrictJSON

/// A tree of files in memory. One test uses it on one thread.
final class Workspace {
    struct Node {
        var kind: PathWalk.Kind
        var bytes: [UInt8] = []
        var version: UInt64
    }

    private(set) var nodes: [String: Node] = [:]
    private var clock: UInt64 = 0
    /// Somebody else, who acts once after the next read, or failed read.
    var outsider: (() -> Void)?

    init(_ files: [String: String] = [:], links: [String] = []) {
        nodes["."] = Node(kind: .directory, version: 0)
        for (path, content) in files { put(path, Array(content.utf8)) }
        for path in links { put(path, [], .symlink) }
    }

    subscript(path: String) -> String? {
        nodes[path].flatMap { $0.kind == .file ? String(decoding: $0.bytes, as: UTF8.self) : nil }
    }

    func put(_ path: String, _ bytes: [UInt8], _ kind: PathWalk.Kind = .file) {
        clock += 1
        if let slash = path.lastIndex(of: "/"), nodes[String(path[..<slash])] == nil {
            put(String(path[..<slash]), [], .directory)
        }
        nodes[path] = Node(kind: kind, bytes: bytes, version: clock)
    }

    func remove(_ path: String) { nodes = nodes.filter { $0.key != path && !$0.key.hasPrefix(path + "/") } }

    func children(_ path: String) -> [DirectoryEntry] {
        let prefix = path == "." ? "" : path + "/"
        return nodes.filter {
            $0.key.hasPrefix(prefix) && $0.key != "." && !$0.key.dropFirst(prefix.count).contains("/")
        }
        .map { DirectoryEntry(name: Array($0.key.dropFirst(prefix.count).utf8), kind: $0.value.kind) }
        .sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Without "./" in front and "/" behind.
    static func plain(_ path: String) -> String {
        let names = path.split(separator: "/").filter { $0 != "." }
        return names.isEmpty ? "." : names.joined(separator: "/")
    }
}

/// The services of one call.
final class MemoryServices: CallServices, @unchecked Sendable {  // The plugin under test starts no threads.
    private let workspace: Workspace
    private let claims: Claims
    private(set) var output: [UInt8] = []
    private(set) var result: JSON?
    private(set) var failure: (message: String, details: JSON?)?

    init(_ workspace: Workspace, _ claims: Claims) {
        self.workspace = workspace
        self.claims = claims
    }

    func emit(mime: String, _ bytes: [UInt8]) { output += bytes }
    var outputLimit: Int { 1 << 20 }
    func setResult(_ value: JSON) { result = value }
    func progress(done: Double, total: Double, message: String) {}
    func fail(_ code: ServiceError.Code, message: String, details: JSON?) {
        failure = failure ?? (message, details)
    }
    func log(level: LogLevel, _ message: String) {}
    var isCancelled: Bool { false }
    var cancelDescriptor: Int32 { -1 }
    var hostsLock: Int32 { -1 }
    var deadline: UInt64 { 0 }
    func release(claim: Int) throws(ServiceError) { throw ServiceError(.arguments, "not releasable") }

    func keeps(_ lock: Lock) -> Bool { false }
    func denied(_ attempt: DeniedAttempt) {}

    var roots: [(name: String, path: [UInt8])] { [] }
    func reservedName(claim: Int) throws(ServiceError) -> String { throw ServiceError(.arguments, "none") }
    func enroll(kind: String, name: String, label: String) throws(ServiceError) {
        throw ServiceError(.arguments, "none")
    }
    func unenroll(kind: String, name: String) throws(ServiceError) { throw ServiceError(.notFound, "none") }
    func enrolled(kind: String) throws(ServiceError) -> [(name: String, label: String)] { [] }
}

// MARK: - Files

extension MemoryServices {
    private func checked(_ path: [UInt8], _ need: Claims.Need) throws(ServiceError) -> String {
        let path = Workspace.plain(String(decoding: path, as: UTF8.self))
        guard claims.allow(need, path) else { throw ServiceError(.denied, "\(need) of \(path) is not claimed") }
        return path
    }

    private func node(_ path: String, _ kind: PathWalk.Kind? = nil) throws(ServiceError) -> Workspace.Node {
        guard let node = workspace.nodes[path] else { throw ServiceError(.notFound, "\(path) does not exist") }
        guard kind == nil || node.kind == kind else { throw ServiceError(.kind, "\(path) is a \(node.kind)") }
        return node
    }

    private func status(_ node: Workspace.Node) -> FileStatus {
        FileStatus(
            kind: node.kind, size: UInt64(node.bytes.count), version: FileVersion(node.version, 0), modified: 0,
            mode: 0o644)
    }

    func read(
        path: [UInt8], offset: UInt64, maximum: UInt64
    ) throws(ServiceError) -> (bytes: [UInt8], status: FileStatus) {
        let path = try checked(path, .read)
        defer {
            workspace.outsider?()
            workspace.outsider = nil
        }
        let node = try node(path, .file)
        return (Array(node.bytes.dropFirst(Int(offset)).prefix(Int(clamping: maximum))), status(node))
    }

    func write(path: [UInt8], _ bytes: [UInt8], _ condition: WriteCondition) throws(ServiceError) {
        let path = try checked(path, .overwrite)
        let old = workspace.nodes[path]
        if let version = condition.version, try status(node(path)).version != version {
            throw ServiceError(.changed, "\(path) changed")
        }
        if old != nil, condition.presence == .mustBeNew { throw ServiceError(.exists, "\(path) exists") }
        if old == nil { _ = try checked(Array(path.utf8), .create) }
        if old?.kind == .directory { throw ServiceError(.kind, "\(path) is a directory") }
        workspace.put(path, bytes)
    }

    func status(path: [UInt8], follow: Bool) throws(ServiceError) -> FileStatus {
        status(try node(try checked(path, .look)))
    }

    func list(path: [UInt8]) throws(ServiceError) -> [DirectoryEntry] {
        let path = try checked(path, .list)
        _ = try node(path, .directory)
        return workspace.children(path)
    }

    func remove(path: [UInt8], recursive: Bool) throws(ServiceError) {
        let path = try checked(path, .remove)
        _ = try node(path)
        guard recursive || workspace.children(path).isEmpty else { throw ServiceError(.io, "\(path) is not empty") }
        workspace.remove(path)
    }

    func rename(from: [UInt8], to: [UInt8], replace: Bool) throws(ServiceError) {
        let (from, to) = (try checked(from, .remove), try checked(to, .create))
        let node = try node(from)
        guard replace || workspace.nodes[to] == nil else { throw ServiceError(.exists, "\(to) exists") }
        workspace.remove(from)
        workspace.put(to, node.bytes, node.kind)
    }

    func makeDirectory(path: [UInt8]) throws(ServiceError) {
        let path = try checked(path, .create)
        guard workspace.nodes[path] == nil else { throw ServiceError(.exists, "\(path) exists") }
        workspace.put(path, [], .directory)
    }
}
