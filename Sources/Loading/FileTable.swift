import CInterlock
import Calls

/// `interlock.fs/1`: takes what the plugin passes, and leaves every question about it to the call's services.
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
                        try services.remove(path: Lent(path), recursive: recursive != 0)
                    }
                },
                rename: { call, from, to, replace in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.rename(from: Lent(from), to: Lent(to), replace: replace != 0)
                    }
                },
                mkdir: { call, path in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.makeDirectory(path: Lent(path))
                    }
                }))
        table = UnsafePointer(memory)
    }

    private static func read(
        _ call: OpaquePointer, _ path: ilk_str, from offset: UInt64, atMost maximum: UInt64, _ sink: Service.Sink,
        _ context: UnsafeMutableRawPointer?, _ result: UnsafeMutablePointer<ilk_stat>?
    ) -> ilk_status {
        Service.answer(call) { (services) throws(ServiceError) in
            let (bytes, status) = try services.read(
                path: Lent(path), offset: offset, maximum: maximum, hasSink: Service.isFunction(sink),
                statSize: result?.pointee.struct_size)
            if let result { fill(result, with: status) }
            return bytes.isEmpty ? ILK_OK : Service.lend(bytes, to: sink, context)
        }
    }

    private static func write(
        _ call: OpaquePointer, _ path: ilk_str, _ bytes: ilk_str, flags: UInt32, ifVersion: UnsafePointer<UInt64>?
    ) -> ilk_status {
        Service.perform(call) { (services) throws(ServiceError) in
            try services.write(
                path: Lent(path), content: Lent(bytes), flags: flags,
                ifVersion: ifVersion.map { FileVersion($0[0], $0[1]) })
        }
    }

    private static func status(
        _ call: OpaquePointer, _ path: ilk_str, follow: Int32, _ result: UnsafeMutablePointer<ilk_stat>
    ) -> ilk_status {
        Service.perform(call) { (services) throws(ServiceError) in
            let isThere = UInt(bitPattern: result) != 0
            let status = try services.status(
                path: Lent(path), follow: follow != 0, statSize: isThere ? result.pointee.struct_size : nil)
            fill(result, with: status)
        }
    }

    private static func list(
        _ call: OpaquePointer, _ path: ilk_str, _ sink: Service.Sink, _ context: UnsafeMutableRawPointer?
    ) -> ilk_status {
        Service.answer(call) { (services) throws(ServiceError) in
            let names = try services.list(path: Lent(path), hasSink: Service.isFunction(sink))
            return Service.lend(names, to: sink, context)
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
