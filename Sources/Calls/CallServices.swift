import StrictJSON

/// What a running call may ask of the host, whichever side of a process boundary the plugin is on. One object serves one
/// call; every function may be called from any thread until the call has ended, and throws `.stale` afterwards.
package protocol CallServices: AnyObject, Sendable {
    func emit(mime: String, _ bytes: [UInt8]) throws(ServiceError)
    /// Bytes that its content, and its structured result, may have.
    var outputLimit: Int { get }
    func setResult(_ value: JSON) throws(ServiceError)
    func progress(done: Double, total: Double, message: String) throws(ServiceError)
    func fail(_ code: ServiceError.Code, message: String, details: JSON?) throws(ServiceError)
    func log(level: LogLevel, _ message: String)

    var isCancelled: Bool { get }
    /// Readable when `isCancelled` becomes true; -1 when there is none.
    var cancelDescriptor: Int32 { get }
    /// The opening of a file that keeps other hosts from what the call has claimed, as long as anybody has it open: for whoever
    /// may outlive this process. -1 when there is none.
    var hostsLock: Int32 { get }
    /// Nanoseconds of the monotonic clock; 0 = none.
    var deadline: UInt64 { get }
    func release(claim: Int) throws(ServiceError)

    /// At most `maximum` bytes from `offset`; the status is of the same opened file as the bytes.
    func read(
        path: [UInt8], offset: UInt64, maximum: UInt64
    ) throws(ServiceError) -> (bytes: [UInt8], status: FileStatus)
    func write(path: [UInt8], _ bytes: [UInt8], _ condition: WriteCondition) throws(ServiceError)
    func status(path: [UInt8], follow: Bool) throws(ServiceError) -> FileStatus
    func list(path: [UInt8]) throws(ServiceError) -> [DirectoryEntry]
    func remove(path: [UInt8], recursive: Bool) throws(ServiceError)
    func rename(from: [UInt8], to: [UInt8], replace: Bool) throws(ServiceError)
    func makeDirectory(path: [UInt8]) throws(ServiceError)

    /// Whether the locks that the call keeps until its end include `lock`: what it may do without asking for it. Releasable
    /// claims are served by the services alone.
    func keeps(_ lock: Lock) -> Bool
    /// Something was refused to the call's code.
    func denied(_ attempt: DeniedAttempt)

    /// The directories that the deployment has, the workspace first; the paths are absolute, and have no links in them.
    var roots: [(name: String, path: [UInt8])] { get throws(ServiceError) }

    func reservedName(claim: Int) throws(ServiceError) -> String
    func enroll(kind: String, name: String, label: String) throws(ServiceError)
    func unenroll(kind: String, name: String) throws(ServiceError)
    func enrolled(kind: String) throws(ServiceError) -> [(name: String, label: String)]
}

/// How much a line for the operator matters; the larger the raw value, the more.
public enum LogLevel: Int32, Sendable {
    /// For the plugin's author.
    case debug = 1
    /// Worth knowing.
    case info
    /// Something is not as it should be, and goes on.
    case warning
    /// Something did not work.
    case error
}

/// Why a host service did nothing.
package struct ServiceError: Error, Sendable, Equatable {
    /// The raw values are the ILK_E_* statuses of interlock.h.
    package enum Code: Int32, Sendable {
        case tool = -1, arguments = -2, cancelled = -3, denied = -4, `internal` = -5, stale = -6
        case notFound = -7, exists = -8, changed = -9, kind = -10, limit = -11, io = -12
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

package struct FileStatus: Sendable, Equatable {
    package var kind: PathWalk.Kind
    package var size: UInt64
    package var version: FileVersion
    /// Nanoseconds since 1970.
    package var modified: Int64
    /// Permission bits.
    package var mode: UInt32

    package init(kind: PathWalk.Kind, size: UInt64, version: FileVersion, modified: Int64, mode: UInt32) {
        self.kind = kind
        self.size = size
        self.version = version
        self.modified = modified
        self.mode = mode
    }
}

/// Differs whenever a file does.
package struct FileVersion: Sendable, Hashable {
    package var words: (UInt64, UInt64) { (first, second) }
    private var first: UInt64
    private var second: UInt64

    package init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }
}

package struct WriteCondition: Sendable, Hashable {
    package enum Presence: Sendable, Hashable {
        case any, mustBeNew, mustExist
    }

    package var presence: Presence
    package var version: FileVersion?

    package init(_ presence: Presence = .any, version: FileVersion? = nil) {
        self.presence = presence
        self.version = version
    }
}

package struct DirectoryEntry: Sendable, Equatable {
    package var name: [UInt8]
    package var kind: PathWalk.Kind

    package init(name: [UInt8], kind: PathWalk.Kind) {
        self.name = name
        self.kind = kind
    }
}
