import CWorker
import Calls
import Loading
import System

/// What a process is told of its call.
struct CallOrder {
    /// The tool's, in the plugin.
    var place: Int
    var deadline: UInt64
    var arguments: String
    var directory: String
    var grants: WorkerOptions.Grants
}

/// What is said on a call's socket, from the call to its return. For one thread. Others may have copies of the process's end:
/// what they do with it counts as long as the process lives, and no longer.
struct Conversation {
    enum End: Equatable {
        case returned(Int32)
        /// The process has gone, and the call had not returned.
        case broken
        case fault(String)
        /// None of the tool's code ran: the call could not be confined, in words.
        case unconfined(String)
    }

    private let process: CallProcess
    private let desk: ServiceDesk
    private var stream: ByteStream

    init(_ process: CallProcess, _ desk: ServiceDesk) {
        self.process = process
        self.desk = desk
        stream = ByteStream(process.socket, from: process.handle)
    }

    /// False if nobody is there to hear of the call.
    func begin(_ order: CallOrder) -> Bool {
        var frame = FrameWriter(Int(IW_CALL), capacity: 512 + order.arguments.utf8.count)
        frame.put(UInt32(order.place))
        frame.put(order.deadline)
        frame.put(order.directory.utf8)
        frame.put(order.grants.rawValue)
        frame.put(order.arguments.utf8)
        return (try? send(frame.bytes)) != nil
    }

    /// Serves until the call has returned or its process is gone.
    mutating func serve() -> End {
        do {
            while let frame = try Self.next(&stream) {
                if frame.kind == IW_UNCONFINED {
                    var fields = FieldReader(frame.body)
                    return .unconfined(try fields.text())
                }
                switch try desk.reply(to: frame) {
                case .none: break
                case .answer(let bytes): try send(bytes)
                case .returned(let status): return .returned(status)
                }
            }
            return .broken
        } catch let fault as ProtocolFault {
            return .fault(fault.what)
        } catch {
            return .broken
        }
    }

    /// When the process is gone: whether it said more after it had returned. Nobody has heard it.
    func hasLeftovers() -> Bool {
        stream.hasMore
            || ((try? process.socket.receive(maximum: 1, from: process.handle)).map { !$0.isEmpty } ?? false)
    }

    /// Whoever does not read can keep nobody here longer than its process lives; and that, not longer than the call may.
    private func send(_ bytes: [UInt8]) throws(SystemError) {
        try process.socket.send(bytes, to: process.handle)
    }

    private static func limit(of kind: Int) -> Int? {
        (IW_EMIT...IW_UNCONFINED).contains(kind) ? Int(IW_FRAME_MAX) : nil
    }

    private static func next(_ stream: inout ByteStream) throws -> Frame? {
        guard let bytes = try stream.next(Frame.headSize) else { return nil }
        let (kind, size) = try Frame.head(bytes[...], limit: limit(of:))
        guard let body = try stream.next(size) else { return nil }
        return Frame(kind: kind, body: body)
    }
}
