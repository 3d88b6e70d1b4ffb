import CWorker
import Loading
import System

/// What a guardian tells: see worker_protocol.h.
enum GuardianNews: Equatable {
    case hello(guardian: Int32?)
    case zygote
    /// `directory`: its name in scratch; empty if it is /tmp.
    case born(ticket: UInt64, directory: String)
    case ended(ticket: UInt64, ProcessEnd)
    case over(ProcessEnd)

    /// Whether it is about a process for a call.
    var isOfCall: Bool {
        switch self {
        case .born, .ended: true
        case .hello, .zygote, .over: false
        }
    }

    static let size = MemoryLayout<iw_news>.size

    init(_ packet: [UInt8]) throws(ProtocolFault) {
        guard let news: iw_news = plainValue(packet[...]) else {
            throw ProtocolFault("news of \(packet.count) bytes")
        }
        switch Int(news.kind) {
        case IW_NEWS_HELLO: self = .hello(guardian: news.pid == 0 ? nil : news.pid)
        case IW_NEWS_ZYGOTE: self = .zygote
        case IW_NEWS_BORN:
            let directory = plainBytes(of: news.directory).prefix { $0 != 0 }
            self = .born(ticket: news.ticket, directory: String(decoding: directory, as: UTF8.self))
        case IW_NEWS_ENDED: self = .ended(ticket: news.ticket, ProcessEnd(waitStatus: news.detail))
        case IW_NEWS_OVER: self = .over(ProcessEnd(waitStatus: news.detail))
        default: throw ProtocolFault("news of the unknown kind \(news.kind)")
        }
    }
}
