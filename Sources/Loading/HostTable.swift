import CInterlock
import Calls

/// The table of functions that a plugin in this process gets: each finds the call behind a handle, takes what it was given, and
/// asks the call's services. A plugin can pass anything; the worst that comes of it is a status and a reason.
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
                emit: { call, mime, bytes in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.emit(mime: Lent(mime), content: Lent(bytes))
                    }
                },
                result: { call, json in
                    Service.perform(call) { (services) throws(ServiceError) in try services.setResult(Lent(json)) }
                },
                progress: { call, done, total, message in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.progress(done: done, total: total, message: Lent(message))
                    }
                },
                fail: { call, status, message, details in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.fail(status: status, message: Lent(message), details: Lent(details))
                    }
                },
                cancelled: { Service.peek($0).map { $0.isCancelled ? 1 : 0 } ?? 1 },
                cancel_fd: { Service.peek($0)?.cancelDescriptor ?? -1 },
                deadline_ns: { Service.peek($0)?.deadline ?? 0 },
                release: { call, claim in
                    Service.perform(call) { (services) throws(ServiceError) in try services.release(claim: claim) }
                },
                last_error: { HostTable.lastError($0, $1, $2) }))
        table = UnsafePointer(memory)
    }

    private static func service(named name: UnsafePointer<CChar>) -> UnsafeRawPointer? {
        guard UInt(bitPattern: name) != 0 else { return nil }
        return switch String(cString: name) {
        case ILK_EXT_FS: UnsafeRawPointer(FileTable.shared.table)
        case ILK_EXT_WORKSPACE: UnsafeRawPointer(WorkspaceTable.shared.table)
        case ILK_EXT_RESERVATION: UnsafeRawPointer(ReservationTable.shared.table)
        default: nil
        }
    }

    private static func log(_ table: UnsafePointer<ilk_host>, _ level: Int32, _ message: ilk_str) {
        if let services = CallRegistry.shared.services(runningOn: currentThread()) {
            services.log(level: level, Lent(message))
        } else if UInt(bitPattern: table) != 0, let context = table.pointee.context {
            let context = Unmanaged<Context>.fromOpaque(context).takeUnretainedValue()
            let (level, text) = CheckedServices.line(level: level, Lent(message))
            context.log(level, "\(context.plugin): \(text)")
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
