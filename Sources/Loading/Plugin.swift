import CInterlock
import Calls
import Glibc
import Locking
import System

/// A plugin that lives in this process.
package final class Plugin: LoadedPlugin {
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
        id = contents.description.id
        version = contents.description.version
        tools = contents.description.tools
        host = HostTable(plugin: id, log: log)
        places = contents.description.places
    }

    // MARK: Beginning and end

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
            throw .initFailed(file, status: status, String(decoding: bytes, as: UTF8.self))
        }
        let started = PluginInstance(pointer: instance)
        life.withLock { $0 = .started(started) }
    }

    private static let reasonCapacity = 1024

    /// One with a call that was given up on and still runs is left alone: to say that none does would be a lie, and what it
    /// frees may be in use.
    package func quiesce() {
        guard running.withLock({ $0.isEmpty }) else { return }
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

    /// A thread of this process cannot be ended without ending all.
    package var canKill: Bool { false }
    package func kill(_ call: CallNumber) {}

    /// Runs on the calling thread. When this returns, the call's handle is stale.
    package func invoke(
        _ grant: Grant, tool name: String, arguments: String, services: any CallServices
    ) -> Completion {
        guard let place = places[name], case .started(let instance) = life.withLock({ $0 }) else {
            return Completion(.refused("the plugin \(id) has no tool \"\(name)\", or does not run"), nil)
        }
        let handle = CallRegistry.shared.open(CheckedServices(services), thread: currentThread())
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

    package func cancel(_ call: CallNumber) {
        guard let (handle, place) = running.withLock({ $0[call] }),
            case .started(let instance) = life.withLock({ $0 }),
            let raw = OpaquePointer(bitPattern: handle.rawValue)
        else { return }
        let descriptor = contents.toolDescriptors[place]
        descriptor.pointee.cancel?(instance.pointer, descriptor, raw)
    }
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
