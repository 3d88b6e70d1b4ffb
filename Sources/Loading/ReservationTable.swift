import CInterlock
import Calls

/// `interlock.reservation/1`.
struct ReservationTable: @unchecked Sendable {  // Written once, when `shared` is made, and constant from then on.
    static let shared = ReservationTable()

    let table: UnsafePointer<ilk_reservation>

    private init() {
        let memory = UnsafeMutablePointer<ilk_reservation>.allocate(capacity: 1)
        memory.initialize(
            to: ilk_reservation(
                struct_size: UInt32(MemoryLayout<ilk_reservation>.size),
                name: { call, claim, sink, context in
                    Service.answer(call) { (services) throws(ServiceError) in
                        let name = try services.reservedName(claim: claim, hasSink: Service.isFunction(sink))
                        return Service.lend(name, to: sink, context)
                    }
                },
                enroll: { call, kind, name, label in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.enroll(kind: Lent(kind), name: Lent(name), label: Lent(label))
                    }
                },
                unenroll: { call, kind, name in
                    Service.perform(call) { (services) throws(ServiceError) in
                        try services.unenroll(kind: Lent(kind), name: Lent(name))
                    }
                },
                enrolled: { call, kind, sink, context in
                    Service.answer(call) { (services) throws(ServiceError) in
                        let chunks = try services.enrolled(kind: Lent(kind), hasSink: Service.isFunction(sink))
                        return Service.lend(chunks, to: sink, context)
                    }
                }))
        table = UnsafePointer(memory)
    }
}
