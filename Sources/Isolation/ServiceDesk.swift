import CWorker
import Calls
import Loading

/// Answers what a call asks for from its process: decodes a request, has it checked and served, encodes the answer.
struct ServiceDesk {
    let services: CheckedServices
    /// For words of the plugin that belong to no call.
    private let log: LimitedLog

    init(_ services: CheckedServices, log: @escaping @Sendable (LogLevel, String) -> Void) {
        self.services = services
        self.log = LimitedLog(log)
    }

    enum Reply {
        case answer([UInt8])
        /// Nothing is to be said.
        case none
        /// The call has returned with a status.
        case returned(Int32)
    }

    func reply(to frame: Frame) throws(ProtocolFault) -> Reply {
        var fields = FieldReader(frame.body)
        switch frame.kind {
        case IW_RETURNED:
            let status = try fields.i32()
            try fields.end()
            return .returned(status)
        case IW_SAID:
            try hear(&fields)
            return .none
        default:
            let request = try decode(frame.kind, &fields)
            try fields.end()
            do throws(ServiceError) {
                return .answer(Self.encode(try request()))
            } catch {
                return .answer(Self.encode(error))
            }
        }
    }

    private func hear(_ fields: inout FieldReader) throws(ProtocolFault) {
        let isOfCall = try fields.flag()
        let (level, message) = (try fields.i32(), try fields.lent())
        try fields.end()
        if isOfCall {
            services.log(level: level, message)
        } else {
            let (level, text) = CheckedServices.line(level: level, message)
            log.say(level, text)
        }
    }

    // MARK: Requests

    /// What a service gives back.
    struct Result {
        var status: FileStatus?
        var chunks: [[UInt8]] = []
    }

    typealias Request = () throws(ServiceError) -> Result

    private func decode(_ kind: Int, _ fields: inout FieldReader) throws(ProtocolFault) -> Request {
        switch kind {
        case IW_EMIT, IW_RESULT, IW_PROGRESS, IW_FAIL, IW_RELEASE: try result(kind, &fields)
        case IW_READ, IW_WRITE, IW_STAT, IW_LIST: try file(kind, &fields)
        case IW_REMOVE, IW_RENAME, IW_MKDIR: try name(kind, &fields)
        case IW_ROOTS: try roots(&fields)
        default: try reservation(kind, &fields)
        }
    }

    private func result(_ kind: Int, _ fields: inout FieldReader) throws(ProtocolFault) -> Request {
        switch kind {
        case IW_EMIT:
            let (mime, content) = (try fields.lent(), try fields.lent())
            return done { () throws(ServiceError) in try services.emit(mime: mime, content: content) }
        case IW_RESULT:
            let json = try fields.lent()
            return done { () throws(ServiceError) in try services.setResult(json) }
        case IW_PROGRESS:
            let (part, total, message) = (try fields.f64(), try fields.f64(), try fields.lent())
            return done { () throws(ServiceError) in
                try services.progress(done: part, total: total, message: message)
            }
        case IW_FAIL:
            let (status, message, details) = (try fields.i32(), try fields.lent(), try fields.lent())
            return done { () throws(ServiceError) in
                try services.fail(status: status, message: message, details: details)
            }
        default:
            let claim = try fields.u32()
            return done { () throws(ServiceError) in try services.release(claim: claim) }
        }
    }

    private func file(_ kind: Int, _ fields: inout FieldReader) throws(ProtocolFault) -> Request {
        let path = try fields.lent()
        switch kind {
        case IW_READ:
            let (offset, maximum) = (try fields.u64(), try fields.u64())
            let (hasSink, size) = (try fields.flag(), try statSize(&fields))
            return { () throws(ServiceError) in
                let (bytes, status) = try services.read(
                    path: path, offset: offset, maximum: maximum, hasSink: hasSink, statSize: size)
                return Result(status: status, chunks: bytes.isEmpty ? [] : [bytes])
            }
        case IW_WRITE:
            let (content, flags, isConditional) = (try fields.lent(), try fields.u32(), try fields.flag())
            let version = FileVersion(try fields.u64(), try fields.u64())
            return done { () throws(ServiceError) in
                try services.write(
                    path: path, content: content, flags: flags, ifVersion: isConditional ? version : nil)
            }
        case IW_STAT:
            let (follow, size) = (try fields.flag(), try statSize(&fields))
            return { () throws(ServiceError) in
                Result(status: try services.status(path: path, follow: follow, statSize: size))
            }
        default:
            let hasSink = try fields.flag()
            return { () throws(ServiceError) in
                Result(chunks: try services.list(path: path, hasSink: hasSink))
            }
        }
    }

    private func name(_ kind: Int, _ fields: inout FieldReader) throws(ProtocolFault) -> Request {
        let path = try fields.lent()
        switch kind {
        case IW_REMOVE:
            let recursive = try fields.flag()
            return done { () throws(ServiceError) in try services.remove(path: path, recursive: recursive) }
        case IW_RENAME:
            let (to, replace) = (try fields.lent(), try fields.flag())
            return done { () throws(ServiceError) in try services.rename(from: path, to: to, replace: replace) }
        default: return done { () throws(ServiceError) in try services.makeDirectory(path: path) }
        }
    }

    private func roots(_ fields: inout FieldReader) throws(ProtocolFault) -> Request {
        let hasSink = try fields.flag()
        return { () throws(ServiceError) in Result(chunks: try services.roots(hasSink: hasSink)) }
    }

    private func reservation(_ kind: Int, _ fields: inout FieldReader) throws(ProtocolFault) -> Request {
        switch kind {
        case IW_NAME_OF:
            let (claim, hasSink) = (try fields.u32(), try fields.flag())
            return { () throws(ServiceError) in
                Result(chunks: [try services.reservedName(claim: claim, hasSink: hasSink)])
            }
        case IW_ENROLL:
            let (thing, name, label) = (try fields.lent(), try fields.lent(), try fields.lent())
            return done { () throws(ServiceError) in try services.enroll(kind: thing, name: name, label: label) }
        case IW_UNENROLL:
            let (thing, name) = (try fields.lent(), try fields.lent())
            return done { () throws(ServiceError) in try services.unenroll(kind: thing, name: name) }
        default:
            let (thing, hasSink) = (try fields.lent(), try fields.flag())
            return { () throws(ServiceError) in
                Result(chunks: try services.enrolled(kind: thing, hasSink: hasSink))
            }
        }
    }

    private func done(_ body: @escaping () throws(ServiceError) -> Void) -> Request {
        { () throws(ServiceError) in
            try body()
            return Result()
        }
    }

    private func statSize(_ fields: inout FieldReader) throws(ProtocolFault) -> UInt32? {
        let size = try fields.u32()
        return size == UInt32(IW_NO_STAT) ? nil : size
    }

    // MARK: Answers

    private static func encode(_ error: ServiceError) -> [UInt8] {
        answer(error.code.rawValue, Result(chunks: [Array(error.message.utf8)]))
    }

    private static func encode(_ result: Result) -> [UInt8] {
        answer(0, result)
    }

    private static func answer(_ status: Int32, _ result: Result) -> [UInt8] {
        var frame = FrameWriter(Int(IW_ANSWER), capacity: 64 + result.chunks.reduce(0) { $0 + 4 + $1.count })
        frame.put(status)
        frame.put(result.status.map(iw_stat.init) ?? iw_stat())
        frame.put(UInt32(result.chunks.count))
        for chunk in result.chunks { frame.putChunk(chunk) }
        return frame.bytes
    }
}

extension iw_stat {
    fileprivate init(_ status: FileStatus) {
        self.init(
            kind: status.kind.number, mode: status.mode, size: status.size, version: status.version.words,
            modified_ns: status.modified)
    }
}
