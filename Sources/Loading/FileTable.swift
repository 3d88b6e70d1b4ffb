import CInterlock
import Calls

/// `interlock.fs/1`: checks what the plugin passes, and leaves every question about files to the call's services.
struct FileTable: @unchecked Sendable {  // Written once, when `shared` is made, and constant from then on.
    static let shared = FileTable()

    let table: UnsafePointer<ilk_fs>

    private init() {
        let memory = UnsafeMutablePointer<ilk_fs>.allocate(capacity: 1)
        memory.initialize(
            to: ilk_fs(
                struct_size: UInt32(MemoryLayout<ilk_fs>.size),
                read: { FileTable.read($0, $1, from: $2, atMost: $3, $4, $5, $6) },
                write: { FileTable.write($0, $1, $2, flags: $3, ifVersion: $4) },
                stat: { FileTable.status($0, $1, follow: $2, $3) },
                list: { FileTable.list($0, $1, $2, $3) },
                remove: { call, path, recursive in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.remove(path: try Service.path(path), recursive: recursive != 0)
                    }
                },
                rename: { call, from, to, replace in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.rename(
                            from: try Service.path(from), to: try Service.path(to), replace: replace != 0)
                    }
                },
                mkdir: { call, path in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.makeDirectory(path: try Service.path(path))
                    }
                }))
        table = UnsafePointer(memory)
    }

    private static func read(
        _ call: OpaquePointer, _ path: ilk_str, from offset: UInt64, atMost maximum: UInt64, _ sink: Service.Sink,
        _ context: UnsafeMutableRawPointer?, _ result: UnsafeMutablePointer<ilk_stat>?
    ) -> ilk_status {
        Service.answer(call) { (services) throws(ServiceError) in
            try Service.check(sink)
            if let result { try checkSize(result) }
            let (bytes, status) = try services.read(
                path: try Service.path(path), offset: offset, maximum: maximum)
            if let result { fill(result, with: status) }
            return bytes.isEmpty ? ILK_OK : Service.lend(bytes, to: sink, context)
        }
    }

    private static func write(
        _ call: OpaquePointer, _ path: ilk_str, _ bytes: ilk_str, flags: UInt32, ifVersion: UnsafePointer<UInt64>?
    ) -> ilk_status {
        Service.perform(call) { (services) throws(ServiceError) in
            let presence: WriteCondition.Presence
            switch flags {
            case 0: presence = .any
            case UInt32(ILK_WRITE_NEW): presence = .mustBeNew
            case UInt32(ILK_WRITE_PRESENT): presence = .mustExist
            default: throw ServiceError(.arguments, "write flags \(flags): 0, ILK_WRITE_NEW or ILK_WRITE_PRESENT")
            }
            let version = ifVersion.map { FileVersion($0[0], $0[1]) }
            try services.write(
                path: try Service.path(path), try Service.bytes(bytes, "the content"),
                WriteCondition(presence, version: version))
        }
    }

    private static func status(
        _ call: OpaquePointer, _ path: ilk_str, follow: Int32, _ result: UnsafeMutablePointer<ilk_stat>
    ) -> ilk_status {
        Service.perform(call) { (services) throws(ServiceError) in
            guard UInt(bitPattern: result) != 0 else { throw ServiceError(.arguments, "the stat is NULL") }
            try checkSize(result)
            fill(result, with: try services.status(path: try Service.path(path), follow: follow != 0))
        }
    }

    private static func list(
        _ call: OpaquePointer, _ path: ilk_str, _ sink: Service.Sink, _ context: UnsafeMutableRawPointer?
    ) -> ilk_status {
        Service.answer(call) { (services) throws(ServiceError) in
            try Service.check(sink)
            let entries = try services.list(path: try Service.path(path))
            return Service.lend(entries.map { [$0.kind.letter] + $0.name }, to: sink, context)
        }
    }

    private static func checkSize(_ result: UnsafeMutablePointer<ilk_stat>) throws(ServiceError) {
        let size = MemoryLayout<ilk_stat>.size
        guard Int(result.pointee.struct_size) >= size else {
            throw ServiceError(.arguments, "ilk_stat.struct_size is \(result.pointee.struct_size), not \(size)")
        }
    }

    /// A larger struct comes from a newer plugin: what it has more is left as it is.
    private static func fill(_ result: UnsafeMutablePointer<ilk_stat>, with status: FileStatus) {
        result.pointee.kind = status.kind.number
        result.pointee.size = status.size
        result.pointee.version = status.version.words
        result.pointee.modified_ns = status.modified
        result.pointee.mode = status.mode
    }
}

extension Service {
    /// Bytes, for names on Linux need not be UTF-8; whether they can be a path, the file service says.
    fileprivate static func path(_ slice: ilk_str) throws(ServiceError) -> [UInt8] {
        try bytes(slice, "the path", limit: maximumPath)
    }

    private static let maximumPath = 64 << 10
}

extension PathWalk.Kind {
    fileprivate var number: UInt32 {
        switch self {
        case .file: UInt32(ILK_KIND_FILE)
        case .directory: UInt32(ILK_KIND_DIRECTORY)
        case .symlink: UInt32(ILK_KIND_SYMLINK)
        case .other: UInt32(ILK_KIND_OTHER)
        }
    }

    fileprivate var letter: UInt8 {
        switch self {
        case .file: UInt8(ascii: "f")
        case .directory: UInt8(ascii: "d")
        case .symlink: UInt8(ascii: "l")
        case .other: UInt8(ascii: "o")
        }
    }
}
