import CWorker
import Loading
import System

/// What a guardian tells: see worker_protocol.h.
enum Notice: Equatable {
    case hello(guardian: Int32?)
    case zygote
    /// `directory`: its name in scratch; empty if it is /tmp.
    case born(ticket: UInt64, directory: String)
    case ended(ticket: UInt64, ProcessEnd)
    case over(ProcessEnd)

    static let size = MemoryLayout<iw_notice>.size

    init(_ packet: [UInt8]) throws(ProtocolFault) {
        guard let notice: iw_notice = plainValue(packet[...]) else {
            throw ProtocolFault("a notice of \(packet.count) bytes")
        }
        switch Int(notice.kind) {
        case IW_NOTICE_HELLO: self = .hello(guardian: notice.pid == 0 ? nil : notice.pid)
        case IW_NOTICE_ZYGOTE: self = .zygote
        case IW_NOTICE_BORN:
            let directory = plainBytes(of: notice.directory).prefix { $0 != 0 }
            self = .born(ticket: notice.ticket, directory: String(decoding: directory, as: UTF8.self))
        case IW_NOTICE_ENDED: self = .ended(ticket: notice.ticket, ProcessEnd(waitStatus: notice.detail))
        case IW_NOTICE_OVER: self = .over(ProcessEnd(waitStatus: notice.detail))
        default: throw ProtocolFault("a notice of the unknown kind \(notice.kind)")
        }
    }
}
