import CInterlock
import Calls

/// What all functions of the host's tables have in common.
enum Service {
    typealias Sink = @convention(c) (UnsafeMutableRawPointer?, ilk_str) -> ilk_status

    /// Runs `body` with the call's services. An error becomes its status, and its words the thread's last error.
    static func perform(
        _ call: OpaquePointer, _ body: (CheckedServices) throws(ServiceError) -> Void
    ) -> ilk_status {
        answer(call) { (services) throws(ServiceError) in
            try body(services)
            return ILK_OK
        }
    }

    /// The same, for a `body` that hands something to a sink and answers with the sink's status.
    static func answer(
        _ call: OpaquePointer, _ body: (CheckedServices) throws(ServiceError) -> ilk_status
    ) -> ilk_status {
        guard let services = find(call) else { return ILK_E_STALE }
        do throws(ServiceError) {
            return try body(services)
        } catch {
            CallRegistry.shared.keepError(error.message, handle(call), thread: currentThread())
            return error.code.rawValue
        }
    }

    /// Nil if the handle is stale, or none.
    static func find(_ call: OpaquePointer) -> CheckedServices? {
        CallRegistry.shared.services(handle(call), thread: currentThread())
    }

    /// The same for what cannot fail, and says nothing of the last failure.
    static func peek(_ call: OpaquePointer) -> (any CallServices)? {
        CallRegistry.shared.peek(handle(call))?.services
    }

    /// A handle has the shape of a pointer, and is one in no other way.
    static func handle(_ call: OpaquePointer) -> CallRegistry.Handle {
        CallRegistry.Handle(rawValue: UInt(bitPattern: call))
    }

    /// The header forbids NULL; a plugin in C can pass it all the same.
    static func isFunction(_ sink: Sink) -> Bool { unsafeBitCast(sink, to: UInt.self) != 0 }

    static func lend(_ bytes: [UInt8], to sink: Sink, _ context: UnsafeMutableRawPointer?) -> ilk_status {
        bytes.withUnsafeBufferPointer { sink(context, ilk_str($0)) }
    }

    /// One after another, until the sink has enough.
    static func lend(_ chunks: [[UInt8]], to sink: Sink, _ context: UnsafeMutableRawPointer?) -> ilk_status {
        for chunk in chunks {
            let status = lend(chunk, to: sink, context)
            if status != ILK_OK { return status }
        }
        return ILK_OK
    }
}
