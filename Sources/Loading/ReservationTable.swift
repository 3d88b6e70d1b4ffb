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
                        try Service.check(sink)
                        let name = try services.reservedName(claim: Int(claim))
                        return Service.lend(Array(name.utf8), to: sink, context)
                    }
                },
                enroll: { call, kind, name, label in
                    Service.perform(call) { (services) throws(ServiceError) in
                        let (kind, name) = try ReservationTable.thing(kind, name)
                        try services.enroll(kind: kind, name: name, label: try Service.text(label, "the label"))
                    }
                },
                unenroll: { call, kind, name in
                    Service.perform(call) { (services) throws(ServiceError) in
                        let (kind, name) = try ReservationTable.thing(kind, name)
                        try services.unenroll(kind: kind, name: name)
                    }
                },
                enrolled: { call, kind, sink, context in
                    Service.answer(call) { (services) throws(ServiceError) in
                        try Service.check(sink)
                        let things = try services.enrolled(kind: try Service.text(kind, "the kind"))
                        let chunks = things.flatMap { [Array($0.name.utf8), Array($0.label.utf8)] }
                        return Service.lend(chunks, to: sink, context)
                    }
                }))
        table = UnsafePointer(memory)
    }

    private static func thing(_ kind: ilk_str, _ name: ilk_str) throws(ServiceError) -> (String, String) {
        let thing = (kind: try Service.text(kind, "the kind"), name: try Service.text(name, "the name"))
        guard !thing.kind.isEmpty, !thing.name.isEmpty else {
            throw ServiceError(.arguments, "a registered thing needs a kind and a name")
        }
        return thing
    }
}
