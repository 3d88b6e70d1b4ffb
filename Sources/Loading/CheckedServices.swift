import CInterlock
import Calls
import StrictJSON
import System

/// What a plugin asks for, checked before it reaches the call's services. The plugin may be in this process or in a worker:
/// what is refused, and in which words, stands here alone.
package final class CheckedServices: Sendable {
    package let services: any CallServices
    private let hasFailed = Guarded(false)
    private let words: LimitedLog

    package init(_ services: any CallServices) {
        self.services = services
        words = LimitedLog { services.log(level: $0, $1) }
    }

    static let maximumMessage = 1 << 20
    private static let maximumPath = 64 << 10
    /// Of a registered thing: its kind, its name and its label.
    private static let maximumName = 4 << 10

    // MARK: Results

    package func emit(mime: Lent, content: Lent) throws(ServiceError) {
        let type = try text(mime, "the media type")
        let bytes = try bytes(content, "the content")
        guard type.isEmpty || Syntax.isMediaType(type) else {
            throw ServiceError(.arguments, "\(JSON.string(type).text) is not a media type such as text/plain")
        }
        if type.isEmpty || type == "text/plain", String(validating: bytes, as: UTF8.self) == nil {
            throw ServiceError(.arguments, "the text is not valid UTF-8")
        }
        try services.emit(mime: type.isEmpty ? "text/plain" : type, bytes)
    }

    package func setResult(_ json: Lent) throws(ServiceError) {
        let bytes = try bytes(json, "the structured result")
        // Before it is read, which takes more time and memory than its bytes do.
        guard bytes.count <= services.outputLimit else {
            throw ServiceError(
                .limit, "the structured result has \(bytes.count) bytes; the limit is \(services.outputLimit)")
        }
        try services.setResult(try parsed(bytes, "the structured result"))
    }

    package func progress(done: Double, total: Double, message: Lent) throws(ServiceError) {
        guard done.isFinite, total.isFinite, done >= 0, total >= 0 else {
            throw ServiceError(.arguments, "progress \(done) of \(total): both must be finite and not below 0")
        }
        try services.progress(done: done, total: total, message: try text(message, "the message"))
    }

    package func fail(status: Int32, message: Lent, details: Lent) throws(ServiceError) {
        guard status < ILK_OK else {
            throw ServiceError(.arguments, "a call cannot fail with status \(status): it is not below 0")
        }
        let text = try text(message, "the message")
        let bytes = try bytes(details, "the details", limit: Self.maximumMessage)
        // Not `nil : …`, which would be JSON's own null.
        var details: JSON?
        if !bytes.isEmpty { details = try parsed(bytes, "the details") }
        let isFirst = hasFailed.withLock { hasFailed in
            defer { hasFailed = true }
            return !hasFailed
        }
        guard isFirst else {
            throw ServiceError(.exists, "the call has said why it fails already; the first reason counts")
        }
        try services.fail(ServiceError.Code(rawValue: status) ?? .internal, message: text, details: details)
    }

    package func log(level: Int32, _ message: Lent) {
        let (level, text) = Self.line(level: level, message)
        words.say(level, text)
    }

    /// What a plugin says to the operator, made fit to be shown.
    package static func line(level: Int32, _ message: Lent) -> (LogLevel, String) {
        let level = LogLevel(rawValue: min(max(level, LogLevel.debug.rawValue), LogLevel.error.rawValue)) ?? .error
        let fault = message.fault(limit: maximumMessage)
        return (level, message.text(limit: maximumMessage) ?? "(a message that \(fault))")
    }

    package func release(claim: UInt32) throws(ServiceError) {
        try services.release(claim: Int(claim))
    }

    // MARK: Files

    package func read(
        path: Lent, offset: UInt64, maximum: UInt64, hasSink: Bool, statSize: UInt32?
    ) throws(ServiceError) -> (bytes: [UInt8], status: FileStatus) {
        try checkSink(hasSink)
        if let statSize { try checkSize(statSize) }
        return try services.read(path: try self.path(path), offset: offset, maximum: maximum)
    }

    package func write(
        path: Lent, content: Lent, flags: UInt32, ifVersion version: FileVersion?
    ) throws(ServiceError) {
        let presence: WriteCondition.Presence
        switch flags {
        case 0: presence = .any
        case UInt32(ILK_WRITE_NEW): presence = .mustBeNew
        case UInt32(ILK_WRITE_PRESENT): presence = .mustExist
        default: throw ServiceError(.arguments, "write flags \(flags): 0, ILK_WRITE_NEW or ILK_WRITE_PRESENT")
        }
        try services.write(
            path: try self.path(path), try bytes(content, "the content"), WriteCondition(presence, version: version))
    }

    package func status(path: Lent, follow: Bool, statSize: UInt32?) throws(ServiceError) -> FileStatus {
        guard let statSize else { throw ServiceError(.arguments, "the stat is NULL") }
        try checkSize(statSize)
        return try services.status(path: try self.path(path), follow: follow)
    }

    /// As `list` of interlock.h hands them out: a letter for the kind, then the name.
    package func list(path: Lent, hasSink: Bool) throws(ServiceError) -> [[UInt8]] {
        try checkSink(hasSink)
        return try services.list(path: try self.path(path)).map { [$0.kind.letter] + $0.name }
    }

    package func remove(path: Lent, recursive: Bool) throws(ServiceError) {
        try services.remove(path: try self.path(path), recursive: recursive)
    }

    package func rename(from: Lent, to: Lent, replace: Bool) throws(ServiceError) {
        try services.rename(from: try path(from), to: try path(to), replace: replace)
    }

    package func makeDirectory(path: Lent) throws(ServiceError) {
        try services.makeDirectory(path: try self.path(path))
    }

    // MARK: The workspace

    /// Names and paths, in turn.
    package func roots(hasSink: Bool) throws(ServiceError) -> [[UInt8]] {
        try checkSink(hasSink)
        return try services.roots.flatMap { [Array($0.name.utf8), $0.path] }
    }

    // MARK: Reservations

    package func reservedName(claim: UInt32, hasSink: Bool) throws(ServiceError) -> [UInt8] {
        try checkSink(hasSink)
        return Array(try services.reservedName(claim: Int(claim)).utf8)
    }

    package func enroll(kind: Lent, name: Lent, label: Lent) throws(ServiceError) {
        let (kind, name) = try thing(kind, name)
        try services.enroll(
            kind: kind, name: name, label: try text(label, "the label", limit: Self.maximumName))
    }

    package func unenroll(kind: Lent, name: Lent) throws(ServiceError) {
        let (kind, name) = try thing(kind, name)
        try services.unenroll(kind: kind, name: name)
    }

    /// Names and labels, in turn.
    package func enrolled(kind: Lent, hasSink: Bool) throws(ServiceError) -> [[UInt8]] {
        try checkSink(hasSink)
        return try services.enrolled(kind: try text(kind, "the kind"))
            .flatMap { [Array($0.name.utf8), Array($0.label.utf8)] }
    }
}

// MARK: - Checks

extension CheckedServices {
    private func bytes(
        _ lent: Lent, _ what: String, limit: Int = Lent.maximum
    ) throws(ServiceError) -> [UInt8] {
        guard let bytes = lent.bytes(limit: limit) else {
            throw ServiceError(.arguments, "\(what) \(lent.fault(limit: limit))")
        }
        return bytes
    }

    private func text(
        _ lent: Lent, _ what: String, limit: Int = maximumMessage
    ) throws(ServiceError) -> String {
        guard let text = lent.text(limit: limit) else {
            throw ServiceError(.arguments, "\(what) \(lent.fault(limit: limit))")
        }
        return text
    }

    /// Bytes, for names on Linux need not be UTF-8; whether they can be a path, the file service says.
    private func path(_ lent: Lent) throws(ServiceError) -> [UInt8] {
        try bytes(lent, "the path", limit: Self.maximumPath)
    }

    private func parsed(_ bytes: [UInt8], _ what: String) throws(ServiceError) -> JSON {
        do throws(JSONParser.Failure) {
            return try JSONParser.parse(bytes)
        } catch {
            throw ServiceError(.arguments, "\(what) is not valid JSON: \(error)")
        }
    }

    /// The header forbids NULL; a plugin in C can pass it all the same.
    private func checkSink(_ isThere: Bool) throws(ServiceError) {
        guard isThere else { throw ServiceError(.arguments, "the sink is NULL") }
    }

    private func checkSize(_ size: UInt32) throws(ServiceError) {
        let known = MemoryLayout<ilk_stat>.size
        guard Int(size) >= known else {
            throw ServiceError(.arguments, "ilk_stat.struct_size is \(size), not \(known)")
        }
    }

    private func thing(_ kind: Lent, _ name: Lent) throws(ServiceError) -> (String, String) {
        let thing = (
            kind: try text(kind, "the kind", limit: Self.maximumName),
            name: try text(name, "the name", limit: Self.maximumName)
        )
        guard !thing.kind.isEmpty, !thing.name.isEmpty else {
            throw ServiceError(.arguments, "a registered thing needs a kind and a name")
        }
        return thing
    }
}

extension PathWalk.Kind {
    /// As interlock.h numbers them.
    package var number: UInt32 {
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
