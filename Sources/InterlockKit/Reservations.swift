import CInterlock

/// What the host handed out for a call's `.name` and `.units` claims. All is taken back when the call ends, by any road,
/// unless the call enrolled the thing that it made: then it is held as long as that thing.
public struct Reservations: Sendable {
    let call: Call
    private let table: ReservationTable

    init(call: Call, table: UnsafePointer<ilk_reservation>) {
        self.call = call
        self.table = ReservationTable(pointer: table)
    }

    /// The unique name that a claim got.
    ///
    /// - Parameter claim: Its place in the tool's contract, from 0.
    public func name(claim: Int) throws(HostError) -> String {
        let place = try Call.place(claim)
        var name: [UInt8] = []
        try call.check { _ in
            let answer = Collector.bytes { table.pointer.pointee.name(call.handle.raw, place, $0, $1) }
            name = answer.bytes
            return answer.status
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Keeps the call's reservations beyond its end, as the thing `kind`/`name`. `label` says in refusals who holds them.
    public func enroll(kind: String, name: String, label: String) throws(HostError) {
        try call.check { lender in
            lender.lending(kind) { kind in
                lender.lending(name) { name in
                    lender.lending(label) { table.pointer.pointee.enroll(call.handle.raw, kind, name, $0) }
                }
            }
        }
    }

    /// Ends an enrolled thing and gives its reservations back.
    public func unenroll(kind: String, name: String) throws(HostError) {
        try call.check { lender in
            lender.lending(kind) { kind in
                lender.lending(name) { table.pointer.pointee.unenroll(call.handle.raw, kind, $0) }
            }
        }
    }

    /// The enrolled things of a kind, sorted by name.
    public func enrolled(kind: String) throws(HostError) -> [(name: String, label: String)] {
        var things: [(String, String)] = []
        try call.check { lender in
            lender.lending(kind) { kind in
                let answer = Collector.pairs { table.pointer.pointee.enrolled(call.handle.raw, kind, $0, $1) }
                things = answer.pairs
                return answer.status
            }
        }
        return things.map { (name: $0.0, label: $0.1) }
    }
}

// Constant for the life of the process, and callable from any thread: interlock.h.
private struct ReservationTable: @unchecked Sendable {
    let pointer: UnsafePointer<ilk_reservation>
}
