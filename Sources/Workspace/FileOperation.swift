import Calls
import System

/// What a file service is doing, in the words of its error messages: `write to "b.txt": …`.
struct FileOperation: Sendable {
    var verb: String
    var path: [UInt8]

    init(_ verb: String, _ path: [UInt8]) {
        self.verb = verb
        self.path = path
    }

    func error(_ code: ServiceError.Code, _ reason: String) -> ServiceError {
        ServiceError(code, "\(verb) \"\(String(decoding: path, as: UTF8.self))\": \(reason)")
    }

    /// Runs system calls; their errors become this operation's.
    func attempt<Result>(_ body: () throws(SystemError) -> Result) throws(ServiceError) -> Result {
        do {
            return try body()
        } catch {
            throw self.error(error)
        }
    }

    func error(_ failure: SystemError) -> ServiceError {
        switch failure {
        case .notFound: error(.notFound, "there is no such file or directory")
        case .exists: error(.exists, "it exists already")
        case .notEmpty: error(.exists, "the directory is not empty; remove it recursively, or what is in it first")
        case .isDirectory: error(.kind, "it is a directory")
        case .notDirectory: error(.kind, "a part of the path that is used as a directory is not one")
        case .loop: error(.changed, "it was replaced by a symbolic link meanwhile")
        default: error(.io, failure.description)
        }
    }

    func error(_ problem: PathWalk.Problem) -> ServiceError {
        switch problem {
        case .escapes: error(.denied, "the path leads out of the workspace and of every other root")
        case .loop: error(.io, "more than \(PathWalk.maximumLinks) symbolic links on the way")
        case .notDirectory: error(SystemError.notDirectory)
        case .malformed(let reason): error(.arguments, reason)
        case .tooLong(let reason): error(.limit, reason)
        case .unreadable(let reason): error(.io, reason)
        case .forbidden(let reason): error(.denied, reason)
        }
    }

    /// The call's claims do not include `lock`. `name` is what the lock is on, for people.
    func notCovered(_ lock: Lock, name: String) -> ServiceError {
        let object = name == String(decoding: path, as: UTF8.self) ? "it" : "\"\(name)\""
        let reason =
            switch (lock.facet, lock.mode) {
            case (.content, .shared), (.binding, .shared): "the call did not claim \(object)"
            case (.content, _): "the call did not claim \(object) for writing"
            case (.binding, .joint): "the call's claims do not allow making the missing directory \(object)"
            case (.binding, .exclusive): "the call's claims do not allow making, removing or moving \(object)"
            case (.entries, _): "the call did not claim the names in \(object)"
            case (.subtree, .shared): "the call did not claim everything below \(object)"
            case (.subtree, _): "the call did not claim everything below \(object) for writing"
            }
        return error(.denied, reason)
    }
}

extension PathWalk.Problem {
    /// By which a process's own attempt fails there.
    var error: SystemError {
        switch self {
        case .escapes, .unreadable, .forbidden: .denied
        case .loop: .loop
        case .notDirectory: .notDirectory
        case .malformed: .notFound
        case .tooLong: .nameTooLong
        }
    }
}

extension FileVersion {
    /// Shows a change of anything that the system tells: another file, size, content time, status time. Two changes in
    /// place within one tick of the file system's clock that keep the size look like one.
    init(_ status: EntryStatus) {
        self.init(
            Self.mixed(status.device, status.inode, UInt64(bitPattern: status.born)),
            Self.mixed(status.size, UInt64(bitPattern: status.modified), UInt64(bitPattern: status.changed)))
    }

    /// The finalizer of splitmix64 after each word: every bit of every word moves every bit of the result.
    private static func mixed(_ words: UInt64...) -> UInt64 {
        words.reduce(0x9E37_79B9_7F4A_7C15) { sum, word in
            var mixed = (sum ^ word) &+ 0x9E37_79B9_7F4A_7C15
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}

extension FileStatus {
    init(_ status: EntryStatus) {
        self.init(
            // How large a directory itself is says nothing but how the file system stores it.
            kind: PathWalk.Kind(status.kind), size: status.kind == .directory ? 0 : status.size,
            version: FileVersion(status), modified: status.modified, mode: status.mode)
    }
}
