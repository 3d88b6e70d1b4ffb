import CInterlock

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the host calls. In a type, because closures at top level would belong to the main actor and trap elsewhere. Each
/// catches everything: nothing unwinds into the host.
enum Entries {
    /// From init to quiesce: the plugin, and the host that it serves. The host knows it as `self`.
    private final class Session: Sendable {
        let plugin: Plugin
        let host: Host

        init(plugin: Plugin, host: Host) {
            self.plugin = plugin
            self.host = host
        }
    }

    static func initialize(
        _ descriptor: UnsafePointer<ilk_plugin>, _ table: UnsafePointer<ilk_host>, _ configuration: ilk_str,
        _ instance: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ reason: UnsafeMutablePointer<CChar>,
        _ capacity: Int
    ) -> ilk_status {
        let record = UnsafeRawPointer(descriptor).assumingMemoryBound(to: DescriptorMemory.PluginRecord.self)
        guard let plugin = record.pointee.plugin?.takeUnretainedValue() else {
            write("the plugin's descriptor is not complete", to: reason, capacity)
            return ILK_E_INTERNAL
        }
        guard let host = Host(table) else {
            write("the host is older than this plugin's kit: its table is too short", to: reason, capacity)
            return ILK_E_INTERNAL
        }
        do {
            let json = String(decoding: Collector.copy(configuration), as: UTF8.self)
            try plugin.configure(Plugin.Configuration(json: json.isEmpty ? "{}" : json))
        } catch {
            write(Explanation.of(error), to: reason, capacity)
            return ILK_E_ARGS
        }
        instance.pointee = Unmanaged.passRetained(Session(plugin: plugin, host: host)).toOpaque()
        return ILK_OK
    }

    static func quiesce(_ instance: UnsafeMutableRawPointer?) {
        guard let instance else { return }
        Unmanaged<Session>.fromOpaque(instance).release()
    }

    static func execute(
        _ instance: UnsafeMutableRawPointer?, _ tool: UnsafePointer<ilk_tool>, _ handle: OpaquePointer,
        _ arguments: ilk_str
    ) -> ilk_status {
        guard let instance else { return ILK_E_INTERNAL }
        let session = Unmanaged<Session>.fromOpaque(instance).takeUnretainedValue()
        let place = UnsafeRawPointer(tool).assumingMemoryBound(to: DescriptorMemory.ToolRecord.self).pointee.place
        let call = Call(handle: CallHandle(raw: handle), host: session.host)
        return run(session.plugin.tools[place], Data(Collector.copy(arguments)), call)
    }

    private static func run<T: Tool>(_ tool: T, _ json: Data, _ call: Call) -> ilk_status {
        do {
            let arguments: T.Arguments
            do {
                arguments = try JSONDecoder().decode(T.Arguments.self, from: json)
            } catch {
                throw ToolError("the arguments do not fit: \(Explanation.of(error))", concernsArguments: true)
            }
            try tool.run(arguments, call)
            return ILK_OK
        } catch {
            return Explanation.end(call, with: error)
        }
    }

    /// NUL-terminated, cut at a character's boundary.
    private static func write(_ text: String, to buffer: UnsafeMutablePointer<CChar>, _ capacity: Int) {
        guard capacity > 0 else { return }
        var bytes = Array(text.utf8.prefix(capacity - 1))
        while String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
        for (place, byte) in bytes.enumerated() { buffer[place] = CChar(bitPattern: byte) }
        buffer[bytes.count] = 0
    }
}

/// Errors in words.
enum Explanation {
    /// Tells the host why a call ends, and with which status.
    static func end(_ call: Call, with error: any Error) -> ilk_status {
        var status: ilk_status
        var details = ""
        switch error {
        case let error as ToolError:
            status = error.concernsArguments ? ILK_E_ARGS : ILK_E_TOOL
            do {
                if let value = error.details { details = try JSONEncoding.text(of: value) }
            } catch {
                call.log(.warning, "the details of an error cannot be encoded: \(of(error))")
            }
        case let error as HostError: status = error.status
        case is CancellationError: status = ILK_E_CANCELLED
        default: status = ILK_E_INTERNAL
        }
        let lender = Lender()
        let said = lender.lending(of(error)) { message in
            lender.lending(details) { call.host.table.pointee.fail(call.handle.raw, status, message, $0) }
        }
        // The call may have ended meanwhile; otherwise the status alone still ends it rightly.
        if said == ILK_E_STALE { status = said }
        return status
    }

    static func of(_ error: any Error) -> String {
        switch error {
        case let error as ToolError: error.message
        case let error as HostError: error.message
        case let error as DecodingError: of(error)
        default: String(describing: error)
        }
    }

    private static func of(_ error: DecodingError) -> String {
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return String(describing: error)
        }
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        // The host has seen to it that it is JSON; the decoder says that it is not when it is too much for Swift.
        let reason =
            if case .dataCorrupted = error, path.isEmpty {
                "a number is too large, or the nesting too deep"
            } else {
                context.debugDescription
            }
        return "at /\(path.joined(separator: "/")): \(reason)"
    }
}
