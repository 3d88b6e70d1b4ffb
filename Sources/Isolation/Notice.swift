import CWorker
import System

/// What a guardian tells: see worker_protocol.h.
enum Notice: Equatable {
    case hello(guardian: Int32?, hasNamespace: Bool)
    case zygote
    case born(ticket: UInt64, directory: String)
    case ended(ticket: UInt64, ProcessEnd)
    case over(ProcessEnd)

    static let size = 24 + Int(IW_DIRECTORY_SIZE)

    init(_ packet: [UInt8]) throws(ProtocolFault) {
        var fields = FieldReader(packet)
        let (kind, pid, detail) = (Int(try fields.u32()), try fields.i32(), try fields.i32())
        _ = try fields.u32()
        let ticket = try fields.u64()
        let directory = try fields.name(Int(IW_DIRECTORY_SIZE))
        try fields.end()
        switch kind {
        case IW_NOTICE_HELLO:
            self = .hello(guardian: pid == 0 ? nil : pid, hasNamespace: detail & IW_HAS_NAMESPACE != 0)
        case IW_NOTICE_ZYGOTE: self = .zygote
        case IW_NOTICE_BORN: self = .born(ticket: ticket, directory: directory)
        case IW_NOTICE_ENDED: self = .ended(ticket: ticket, ProcessEnd(waitStatus: detail))
        case IW_NOTICE_OVER: self = .over(ProcessEnd(waitStatus: detail))
        default: throw ProtocolFault("a notice of the unknown kind \(kind)")
        }
    }
}
