import CInterlock
import Calls
import Glibc
import Locking
import System

/// A plugin that lives in this process. Only values and ``CallServices`` cross: whoever uses one cannot tell whether the
/// plugin shares its memory.
package final class Plugin: Sendable {
    package let file: String
    package let id: String
    package let version: String
    package let tools: [Tool]

    /// The life of a plugin: opened, then started and quiesced any number of times. One whose init failed is over.
    private enum Life {
        case opened
        case started(PluginInstance)
        case failed
    }

    private let contents: PluginContents
    private let host: HostTable
    private let places: [String: Int]
    private let life = Guarded(Life.opened)
    private let running = Guarded<[CallNumber: (handle: CallRegistry.Handle, place: Int)]>([:])

    init(file: String, _ contents: PluginContents, log: @escaping @Sendable (LogLevel, String) -> Void) {
        self.file = file
        self.contents = contents
        id = contents.id
        version = contents.version
        tools = contents.tools
        host = HostTable(plugin: contents.id, log: log)
        places = Dictionary(uniqueKeysWithValues: contents.tools.enumerated().map { ($1.name, $0) })
    }

    // MARK: Beginning and end

    /// Runs the plugin's init. [main: once at a time]
    package func start(configuration: String) throws(LoadFailure) {
        switch life.withLock({ $0 }) {
        case .opened: break
        case .started: throw failure("it is started already", help: "quiesce it first")
        case .failed: throw failure("its init has failed before", help: "restart the host when the reason is gone")
        }
        guard let initialize = contents.descriptor.pointee.`init` else {
            life.withLock { $0 = .started(PluginInstance(pointer: nil)) }
            return
        }
        var instance: UnsafeMutableRawPointer?
        var reason = [CChar](repeating: 0, count: Self.reasonCapacity)
        var text = configuration
        let status = text.withUTF8 { bytes in
            initialize(contents.descriptor, host.table, ilk_str(bytes), &instance, &reason, reason.count)
        }
        guard status == ILK_OK else {
            life.withLock { $0 = .failed }
            let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            let words = bytes.isEmpty ? "it gave no reason" : String(decoding: bytes, as: UTF8.self)
            throw failure(
                "its init failed (status \(status)): \(words)",
                help: "correct the plugin's configuration; nothing else of it was called")
        }
        let started = PluginInstance(pointer: instance)
        life.withLock { $0 = .started(started) }
    }

    private static let reasonCapacity = 1024

    /// Tells the plugin that no call runs or will run until the next start; the caller has seen to that. [main]
    ///
    /// One whose call was given up on and still runs is told nothing: the code may use what quiesce would take down.
    package func quiesce() {
        guard running.withLock(\.isEmpty) else { return }
        let instance = life.withLock { life -> PluginInstance? in
            guard case .started(let instance) = life else { return nil }
            life = .opened
            return instance
        }
        if let instance { contents.descriptor.pointee.quiesce?(instance.pointer) }
    }

    private func failure(_ reason: String, help: String) -> LoadFailure {
        LoadFailure(file: file, reason: reason, help: help)
    }

    // MARK: Calls

    /// Runs one call on the calling thread, which must have 1 MiB of stack, and returns when the tool does. What the tool
    /// says on the way goes to `services`; when this returns, its handle is stale.
    ///
    /// - Parameter arguments: JSON that has been validated against the tool's input schema.
    package func invoke(
        _ grant: Grant, tool name: String, arguments: String, services: any CallServices
    ) -> Completion {
        guard let place = places[name], case .started(let instance) = life.withLock({ $0 }) else {
            services.log(level: .error, "\(id) was asked for \"\(name)\", which it does not have or is not ready for")
            return Completion(status: ServiceError.Code.internal.rawValue)
        }
        let handle = CallRegistry.shared.open(services, thread: currentThread())
        running.withLock { $0[grant.call] = (handle, place) }
        defer {
            _ = running.withLock { $0.removeValue(forKey: grant.call) }
            CallRegistry.shared.close(handle)
        }
        guard let raw = OpaquePointer(bitPattern: handle.rawValue) else { preconditionFailure("a handle is never 0") }
        let descriptor = contents.toolDescriptors[place]
        var text = arguments
        let status = text.withUTF8 { descriptor.pointee.execute(instance.pointer, descriptor, raw, ilk_str($0)) }
        return Completion(status: status)
    }

    /// Gives the tool its hint that a call should stop, if it runs and the tool wants one. From any thread; the call's
    /// services must say `isCancelled` already.
    package func cancel(_ call: CallNumber) {
        guard let (handle, place) = running.withLock({ $0[call] }),
            case .started(let instance) = life.withLock({ $0 }),
            let raw = OpaquePointer(bitPattern: handle.rawValue)
        else { return }
        let descriptor = contents.toolDescriptors[place]
        descriptor.pointee.cancel?(instance.pointer, descriptor, raw)
    }
}

/// How a tool's code returned. What it said is with the call's services, and so is whether it kept to its claims.
package struct Completion: Sendable, Equatable {
    /// A status of interlock.h; what it does not list counts as an internal fault.
    package var status: Int32

    package init(status: Int32) {
        let isKnown = status == ILK_OK || ServiceError.Code(rawValue: status) != nil
        self.status = isKnown ? status : ServiceError.Code.internal.rawValue
    }

    /// Nil if the tool says that it succeeded.
    package var code: ServiceError.Code? { ServiceError.Code(rawValue: status) }
}

/// What the plugin's init gave: the plugin's own, never followed here.
private struct PluginInstance: @unchecked Sendable {  // Only handed back; interlock.h says from which threads.
    var pointer: UnsafeMutableRawPointer?
}

/// A name for the calling thread, unique among those that live.
func currentThread() -> UInt { UInt(pthread_self()) }

extension ilk_str {
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.init(ptr: UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self), len: bytes.count)
    }
}
