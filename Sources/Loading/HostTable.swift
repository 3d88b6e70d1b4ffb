import CInterlock
import Calls
import StrictJSON

/// The table of functions that a plugin gets: each finds the call behind a handle, checks what it was given, and asks the
/// call's services. A plugin can pass anything; the worst that comes of it is a status and a reason.
///
/// A table lives as long as the process, because a plugin may keep it.
struct HostTable: @unchecked Sendable {  // The table is written here once, and constant from then on.
    /// Where the plugin's words go when they belong to no call. The table's `context`.
    private final class Context: Sendable {
        let plugin: String
        let log: @Sendable (LogLevel, String) -> Void

        init(_ plugin: String, _ log: @escaping @Sendable (LogLevel, String) -> Void) {
            self.plugin = plugin
            self.log = log
        }
    }

    let table: UnsafePointer<ilk_host>

    init(plugin: String, log: @escaping @Sendable (LogLevel, String) -> Void) {
        let memory = UnsafeMutablePointer<ilk_host>.allocate(capacity: 1)
        memory.initialize(
            to: ilk_host(
                struct_size: UInt32(MemoryLayout<ilk_host>.size), abi_minor: UInt32(ILK_ABI_MINOR),
                context: Unmanaged.passRetained(Context(plugin, log)).toOpaque(),
                get_ext: { _, name in HostTable.service(named: name) },
                log: { HostTable.log($0, $1, $2) },
                emit: { HostTable.emit($0, $1, $2) },
                result: { HostTable.result($0, $1) },
                progress: { HostTable.progress($0, $1, $2, $3) },
                fail: { HostTable.fail($0, $1, $2, $3) },
                cancelled: { Service.find($0).map { $0.isCancelled ? 1 : 0 } ?? 1 },
                cancel_fd: { Service.find($0)?.cancelDescriptor ?? -1 },
                deadline_ns: { Service.find($0)?.deadline ?? 0 },
                release: { call, claim in
                    Service.perform(call) { (services) throws(ServiceError) in try services.release(claim: Int(claim)) }
                },
                last_error: { HostTable.lastError($0, $1, $2) }))
        table = UnsafePointer(memory)
    }

    private static func service(named name: UnsafePointer<CChar>) -> UnsafeRawPointer? {
        guard UInt(bitPattern: name) != 0 else { return nil }
        return switch String(cString: name) {
        case ILK_EXT_FS: UnsafeRawPointer(FileTable.shared.table)
        case ILK_EXT_RESERVATION: UnsafeRawPointer(ReservationTable.shared.table)
        default: nil
        }
    }

    private static func log(_ table: UnsafePointer<ilk_host>, _ level: Int32, _ message: ilk_str) {
        let level = LogLevel(rawValue: min(max(level, LogLevel.debug.rawValue), LogLevel.error.rawValue)) ?? .error
        let fault = ForeignText.fault(message, limit: maximumMessage)
        let text = ForeignText.text(message, limit: maximumMessage) ?? "(a message that \(fault))"
        if let services = CallRegistry.shared.services(runningOn: currentThread()) {
            services.log(level: level, text)
        } else if UInt(bitPattern: table) != 0, let context = table.pointee.context {
            let context = Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
            context.log(level, "\(context.plugin): \(text)")
        }
    }

    static let maximumMessage = 1 << 20

    // MARK: Results

    private static func emit(_ call: OpaquePointer, _ mime: ilk_str, _ bytes: ilk_str) -> ilk_status {
        Service.perform(call) { (services) throws(ServiceError) in
            let type = try Service.text(mime, "the media type")
            let content = try Service.bytes(bytes, "the content")
            guard type.isEmpty || Syntax.isMediaType(type) else {
                throw ServiceError(.arguments, "\(JSON.string(type).text) is not a media type such as text/plain")
            }
            if type.isEmpty || type == "text/plain", String(validating: content, as: UTF8.self) == nil {
                throw ServiceError(.arguments, "the text is not valid UTF-8")
            }
            try services.emit(mime: type.isEmpty ? "text/plain" : type, content)
        }
    }

    private static func result(_ call: OpaquePointer, _ json: ilk_str) -> ilk_status {
        Service.perform(call) { (services) throws(ServiceError) in
            let bytes = try Service.bytes(json, "the structured result")
            try checkJSON(bytes, "the structured result")
            try services.setResult(bytes)
        }
    }

    private static func progress(
        _ call: OpaquePointer, _ done: Double, _ total: Double, _ message: ilk_str
    ) -> ilk_status {
        Service.perform(call) { (services) throws(ServiceError) in
            guard done.isFinite, total.isFinite, done >= 0, total >= 0 else {
                throw ServiceError(.arguments, "progress \(done) of \(total): both must be finite and not below 0")
            }
            try services.progress(done: done, total: total, message: try Service.text(message, "the message"))
        }
    }

    private static func fail(
        _ call: OpaquePointer, _ status: ilk_status, _ message: ilk_str, _ details: ilk_str
    ) -> ilk_status {
        Service.perform(call) { (services) throws(ServiceError) in
            guard status < ILK_OK else {
                throw ServiceError(.arguments, "a call cannot fail with status \(status): it is not below 0")
            }
            let text = try Service.text(message, "the message", limit: maximumMessage)
            let json = try Service.bytes(details, "the details", limit: maximumMessage)
            if !json.isEmpty { try checkJSON(json, "the details") }
            guard CallRegistry.shared.claimFailure(Service.handle(call)) else {
                throw ServiceError(.exists, "the call has said why it fails already; the first reason counts")
            }
            try services.fail(
                ServiceError.Code(rawValue: status) ?? .internal, message: text, detailsJSON: json)
        }
    }

    private static func checkJSON(_ bytes: [UInt8], _ what: String) throws(ServiceError) {
        do throws(JSONParser.Failure) {
            _ = try JSONParser.parse(bytes)
        } catch {
            throw ServiceError(.arguments, "\(what) is not valid JSON: \(error)")
        }
    }

    private static func lastError(
        _ call: OpaquePointer, _ sink: @convention(c) (UnsafeMutableRawPointer?, ilk_str) -> ilk_status,
        _ context: UnsafeMutableRawPointer?
    ) -> ilk_status {
        guard Service.isFunction(sink) else { return ILK_E_ARGS }
        guard let message = CallRegistry.shared.lastError(Service.handle(call), thread: currentThread()) else {
            return ILK_E_STALE
        }
        return message.isEmpty ? ILK_OK : Service.lend(Array(message.utf8), to: sink, context)
    }
}
