import Testing

@testable import Scheduling

@Suite("Every small world")
struct SmallWorldTests {
    /// All sequences of `count` claims, and every order of events in each.
    static func explore(
        _ count: Int, of claims: [SmallClaim], hasOthers: Bool = false
    ) -> (states: Int, endings: Int, complaints: [String]) {
        var result = (states: 0, endings: 0, complaints: [String]())
        var digits = [Int](repeating: 0, count: count)
        while result.complaints.count < 3 {
            var world = SmallWorld(digits.map { claims[$0] }, hasOthers: hasOthers)
            world.explore()
            result.states += world.visited
            result.endings += world.endings
            if let complaint = world.complaint { result.complaints.append(complaint) }
            guard let place = digits.lastIndex(where: { $0 < claims.count - 1 }) else { break }
            digits[place] += 1
            for behind in (place + 1)..<count { digits[behind] = 0 }
        }
        return result
    }

    @Test("of three calls: no two conflicting holders, no overtaking, nobody stuck, nothing left")
    func three() {
        let result = Self.explore(3, of: SmallResources.claims)
        print("all worlds of three calls: \(result.states) states")
        #expect(result.complaints == [])
        #expect(result.states > 50_000)
        #expect(result.endings == 12 * 12 * 12)
    }

    /// `INTERLOCK_LARGE_WORLDS` takes all claims instead of those that differ most.
    @Test("of four calls too")
    func four() {
        let few = ["edit d/f", "search d", "remove d/f", "write new/x", "two units and d/f"]
        let isLarge = environment("INTERLOCK_LARGE_WORLDS") != nil
        let claims = SmallResources.claims.filter { isLarge || few.contains($0.name) }
        let result = Self.explore(4, of: claims)
        print("worlds of four calls: \(result.states) states")
        #expect(result.complaints == [])
        #expect(result.states > 60_000)
        #expect(result.endings == claims.count * claims.count * claims.count * claims.count)
    }

    @Test("of three calls beside other processes, which hold them up and change what their paths mean")
    func others() {
        let few = ["read d/f", "edit d/f", "list d", "search d", "write new/x", "make new", "everything"]
        let claims = SmallResources.claims.filter { few.contains($0.name) }
        let result = Self.explore(3, of: claims, hasOthers: true)
        print("worlds of three calls beside others: \(result.states) states")
        #expect(result.complaints == [])
        #expect(result.states > 100_000)
        #expect(result.endings >= claims.count * claims.count * claims.count)
    }

    @Test("conflicts that the plan does not know of are noticed")
    func noticed() {
        var blind = SmallResources.claims[0]
        // Says that it writes what it claims only to read.
        blind.writes = blind.reads
        var world = SmallWorld([blind, SmallResources.claims[0]])
        world.explore()
        #expect(world.complaint != nil)
    }
}
