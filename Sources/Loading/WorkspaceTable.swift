import CInterlock
import Calls

/// `interlock.workspace/1`.
struct WorkspaceTable: @unchecked Sendable {  // Written once, when `shared` is made, and constant from then on.
    static let shared = WorkspaceTable()

    let table: UnsafePointer<ilk_workspace>

    private init() {
        let memory = UnsafeMutablePointer<ilk_workspace>.allocate(capacity: 1)
        memory.initialize(
            to: ilk_workspace(
                struct_size: UInt32(MemoryLayout<ilk_workspace>.size),
                roots: { call, sink, context in
                    Service.answer(call) { (services) throws(ServiceError) in
                        Service.lend(try services.roots(hasSink: Service.isFunction(sink)), to: sink, context)
                    }
                }))
        table = UnsafePointer(memory)
    }
}
