import CInterlock

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One running call: what the host offers to it. Any thread may use it until ``Tool/run(_:_:)`` returns; later every
/// service throws ``HostError/Code/stale``.
public struct Call: Sendable {
    let handle: CallHandle
    let host: Host

    // MARK: Results

    /// Adds text to the result. Pieces appear in the order in which they were emitted.
    public func emit(_ text: String) throws(HostError) {
        try check { $0.lending(text) { host.table.pointee.emit(handle.raw, ilk_str(), $0) } }
    }

    /// Adds data of a media type, such as `image/png`.
    public func emit(_ data: [UInt8], mime: String) throws(HostError) {
        try check { lender in
            lender.lending(mime) { mime in lender.lending(data) { host.table.pointee.emit(handle.raw, mime, $0) } }
        }
    }

    /// Sets the structured result, once. It must fit the tool's ``Tool/output``.
    public func setResult(_ value: some Encodable) throws {
        let json = try JSONEncoding.text(of: value)
        try check { $0.lending(json) { host.table.pointee.result(handle.raw, $0) } }
    }

    /// Says how far it is; `total` 0 = unknown. A courtesy: a report that the host does not take is dropped.
    public func progress(_ done: Double, of total: Double = 0, _ message: String = "") {
        _ = Lender().lending(message) { host.table.pointee.progress(handle.raw, done, total, $0) }
    }

    /// A line for the operator. The model never sees it.
    public func log(_ level: LogLevel = .info, _ message: String) {
        host.log(level, message)
    }

    // MARK: Ending

    /// Whether the call should stop: somebody cancelled it, or its time is up. Cheap: ask often.
    public var isCancelled: Bool { host.table.pointee.cancelled(handle.raw) != 0 }

    /// Throws ``HostError/Code/cancelled`` once the call should stop. Let it pass through `run`.
    public func checkCancellation() throws(HostError) {
        if isCancelled { throw HostError(.cancelled, "the call was cancelled or its time is up") }
    }

    /// Readable when ``isCancelled`` becomes true, for `poll`; -1 if there is none. The host's own: do not read or close.
    public var cancelDescriptor: Int32 { host.table.pointee.cancel_fd(handle.raw) }

    /// When the call's time is up, in nanoseconds of the monotonic clock; nil = no limit.
    public var deadline: UInt64? {
        let nanoseconds = host.table.pointee.deadline_ns(handle.raw)
        return nanoseconds == 0 ? nil : nanoseconds
    }

    // MARK: Claims

    /// Gives a `releasable` claim back before the call ends, once and for good.
    ///
    /// - Parameter claim: Its place in the tool's contract, from 0.
    public func release(claim: Int) throws(HostError) {
        let place = try Self.place(claim)
        try check { _ in host.table.pointee.release(handle.raw, place) }
    }

    /// Files, through the host: the way to read and write that is checked, atomic and the same everywhere.
    public var files: Files {
        get throws(HostError) {
            guard let table = host.files else { throw HostError(.unavailable, "this host has no file service") }
            return Files(call: self, table: table)
        }
    }

    /// The directories that the deployment has, the workspace first: for code that opens files by itself, and programs that it
    /// runs. What they may do there the call's claims say.
    public var roots: [Root] {
        get throws(HostError) {
            guard let table = host.workspace else {
                throw HostError(.unavailable, "this host has no workspace service")
            }
            var roots: [(String, String)] = []
            try check { _ in
                let answer = Collector.pairs { table.pointee.roots(handle.raw, $0, $1) }
                roots = answer.pairs
                return answer.status
            }
            return roots.map { Root(name: $0.0, path: $0.1) }
        }
    }

    /// The unique names and units of pools that the call was given.
    public var reservations: Reservations {
        get throws(HostError) {
            guard let table = host.reservations else {
                throw HostError(.unavailable, "this host has no reservation service")
            }
            return Reservations(call: self, table: table)
        }
    }

    static func place(_ claim: Int) throws(HostError) -> UInt32 {
        guard let place = UInt32(exactly: claim) else { throw HostError(.internal, "there is no claim \(claim)") }
        return place
    }

    /// Calls a service; a status below zero becomes an error with the host's own words.
    func check(_ service: (Lender) -> ilk_status) throws(HostError) {
        let status = service(Lender())
        guard status < 0 else { return }
        let code = HostError.Code(rawValue: status) ?? .internal
        let words = Collector.string { host.table.pointee.last_error(handle.raw, $0, $1) }
        throw HostError(code, words.isEmpty ? "the host refused (status \(status))" : words)
    }
}

/// A directory of the deployment.
public struct Root: Sendable, Equatable {
    /// As the operator named it.
    public let name: String
    /// Absolute, without links.
    public let path: String
}

/// How much a line for the operator matters.
public enum LogLevel: Int32, Sendable {
    case debug = 1
    case info = 2
    case warning = 3
    case error = 4
}

/// A call's handle: a number in the shape of a pointer, which only the host can resolve.
struct CallHandle: @unchecked Sendable {  // Never followed; the host checks each use, from any thread.
    let raw: OpaquePointer
}

/// The host's tables, found once when the plugin was initialised.
struct Host: @unchecked Sendable {  // Constant for the life of the process, and callable from any thread: interlock.h.
    let table: UnsafePointer<ilk_host>
    let files: UnsafePointer<ilk_fs>?
    let workspace: UnsafePointer<ilk_workspace>?
    let reservations: UnsafePointer<ilk_reservation>?

    /// Nil if the host's table is smaller than this kit needs.
    init?(_ table: UnsafePointer<ilk_host>) {
        guard Int(table.pointee.struct_size) >= MemoryLayout<ilk_host>.size else { return nil }
        self.table = table
        func find<T>(_ name: String, _ type: T.Type) -> UnsafePointer<T>? {
            guard let found = table.pointee.get_ext(table, name) else { return nil }
            // Every service begins with its size; one that is smaller than what is known here cannot be used.
            let size = found.loadUnaligned(as: UInt32.self)
            return Int(size) >= MemoryLayout<T>.size ? found.assumingMemoryBound(to: type) : nil
        }
        files = find(ILK_EXT_FS, ilk_fs.self)
        workspace = find(ILK_EXT_WORKSPACE, ilk_workspace.self)
        reservations = find(ILK_EXT_RESERVATION, ilk_reservation.self)
    }

    func log(_ level: LogLevel, _ message: String) {
        Lender().lending(message) { table.pointee.log(table, level.rawValue, $0) }
    }
}

enum JSONEncoding {
    static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
