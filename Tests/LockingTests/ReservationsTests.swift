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

    @Test("a registered thing is its plugin's, and a plugin has no more than so many")
    func owners() {
        var reservations = Reservations()
        let thing = Reservations.Thing(kind: "lease", name: "0")
        for number in 0..<Reservations.mostThings {
            let made = Reservations.Thing(kind: "lease", name: "\(number)")
            #expect(!reservations.hasAll("one"))
            let isNew = reservations.enroll(made, label: "", of: CallNumber(1), by: "one")
            #expect(isNew)
        }
        #expect(reservations.hasAll("one") && !reservations.hasAll("other"))
        let isTaken = !reservations.enroll(thing, label: "", of: CallNumber(1), by: "other")
        let isEndedByOther = reservations.unenroll(thing, by: "other") || reservations.unenroll(thing)
        #expect(isTaken && !isEndedByOther)
        let isEnded = reservations.unenroll(thing, by: "one")
        #expect(isEnded && !reservations.hasAll("one"))
        let isOthersNow = reservations.enroll(thing, label: "", of: CallNumber(1), by: "other")
        #expect(isOthersNow)
    }

    @Test("nothing that a plugin registers can be taken for an abandoned call")
    func abandonedIsNobodys() {
        var reservations = Reservations(capacities: ["pool": 1])
        _ = reservations.enter(CallNumber(1), [Demand(.units(pool: "pool", 1, capacity: 0))])
        for kind in ["abandoned call", "call"] {
            let thing = Reservations.Thing(kind: kind, name: CallNumber(1).description)
            let isNew = reservations.enroll(thing, label: "", of: CallNumber(2), by: "one")
            #expect(isNew)
        }
        _ = reservations.abandon(CallNumber(1))
        let isEnded = reservations.unenroll(Reservations.Thing(kind: "", name: CallNumber(1).description), by: "one")
        #expect(!isEnded)
        _ = reservations.leave(CallNumber(1))
        #expect(reservations.isIdle)
    }
}
