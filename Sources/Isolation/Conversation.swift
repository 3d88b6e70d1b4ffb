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
    var paths: [NativePath]
}

/// What is said on a call's socket, from the call to its return. For one thread.
struct Conversation {
    enum End: Equatable {
        case returned(Int32)
        /// The process has gone, and the call had not returned.
        case broken
        case fault(String)
        /// None of the tool's code ran: the call could not be confined, in words.
        case unconfined(String)
    }

    private let socket: Descriptor
    private let desk: ServiceDesk
    private var stream: ByteStream

    init(_ socket: Descriptor, _ desk: ServiceDesk) {
        self.socket = socket
        self.desk = desk
        stream = ByteStream(socket)
    }

    /// False if nobody is there to hear of the call.
    func begin(_ order: CallOrder) -> Bool {
        var frame = FrameWriter(Int(IW_CALL), capacity: 512 + order.arguments.utf8.count)
        frame.put(UInt32(order.place))
        frame.put(order.deadline)
        frame.put(order.directory.utf8)
        frame.put(order.grants.rawValue)
        frame.put(UInt32(order.paths.count))
        for path in order.paths {
            frame.put(path.access.rawValue)
            frame.put(path.device)
            frame.put(path.inode)
            frame.put(path.path)
        }
        frame.put(order.arguments.utf8)
        return (try? socket.send(frame.bytes)) != nil
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
                case .answer(let bytes): try socket.send(bytes)
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
        stream.hasMore || ((try? socket.receive(maximum: 1)).map { !$0.isEmpty } ?? false)
    }

    private static func next(_ stream: inout ByteStream) throws -> Frame? {
        guard let bytes = try stream.next(Frame.headSize) else { return nil }
        let (kind, size) = try Frame.head(bytes)
        guard (IW_EMIT...IW_UNCONFINED).contains(kind) else {
            throw ProtocolFault("a request of the unknown kind \(kind)")
        }
        guard size <= Int(IW_FRAME_MAX) else { throw ProtocolFault("a request of \(size) bytes") }
        guard let body = try stream.next(size) else { return nil }
        return Frame(kind: kind, body: body)
    }
}
