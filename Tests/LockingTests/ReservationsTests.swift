import Calls
import Testing

@testable import Locking

@Suite("Reservations")
struct ReservationsTests {
    private static func name(_ wish: String) -> [Demand] { [Demand(.name(kind: "process", wish: wish), claim: 0)] }

    @Test("names differ while they are taken, and are found again in any order")
    func names() {
        var reservations = Reservations()
        for call: UInt64 in 1...4 { _ = reservations.enter(CallNumber(call), Self.name("build")) }
        _ = reservations.leave(CallNumber(2))
        _ = reservations.enter(CallNumber(5), Self.name("build"))
        // Somebody wishes for a name that was made from another wish.
        _ = reservations.enter(CallNumber(6), Self.name("build-3"))
        let names = [1, 3, 4, 5, 6].map { reservations.name(of: 0, of: CallNumber($0)) ?? "none" }
        #expect(names == ["build", "build-3", "build-4", "build-2", "build-3-2"])
        for call: UInt64 in [1, 3, 4, 5, 6] { _ = reservations.leave(CallNumber(call)) }
        #expect(reservations.isIdle)
        _ = reservations.enter(CallNumber(7), Self.name("build"))
        #expect(reservations.name(of: 0, of: CallNumber(7)) == "build")
    }

    @Test("an abandoned call keeps its name and its units until it is gone")
    func abandoned() {
        var reservations = Reservations(capacities: ["pool": 1])
        let units = [Demand(.units(pool: "pool", 1, capacity: 0))]
        _ = reservations.enter(CallNumber(1), Self.name("a") + units)
        _ = reservations.enter(CallNumber(2), Self.name("a") + units)
        let toRefuse = reservations.abandon(CallNumber(1))
        #expect(toRefuse == [CallNumber(2)])
        guard case .refused(.held) = reservations.standing(of: CallNumber(2)) else {
            Issue.record("call 2 is \(reservations.standing(of: CallNumber(2)))")
            return
        }
        #expect(reservations.name(of: 0, of: CallNumber(2)) == "a-2")
        let toServe = reservations.leave(CallNumber(1))
        #expect(toServe == [CallNumber(2)])
        #expect(reservations.standing(of: CallNumber(2)) == .ready)
        _ = reservations.leave(CallNumber(2))
        #expect(reservations.isIdle)
    }
}
