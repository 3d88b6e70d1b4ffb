import Calls
import Guards

/// Unique names, and units of counted pools, that calls hold; and the registered things that hold them beyond their call.
///
/// Names are handed out at ingest, in the order of ingest. Units are handed out strictly first come, first served: a call
/// has its units when all that earlier calls of the pool need, and its own, fit.
package struct Reservations {
    package struct Thing: Sendable, Hashable {
        package var kind: String
        package var name: String

        package init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }
    }

    package enum Refusal: Sendable, Equatable {
        case noSuchPool(String)
        /// A nested call cannot reserve names: its parent has none to give.
        case nestedName(kind: String)
        case tooMany(pool: String, units: Int, capacity: Int)
        /// Registered things hold what is needed, and nobody knows for how long.
        case held(pool: String, units: Int, capacity: Int, by: [String])
    }

    private struct Pool {
        var capacity: Int
        /// Calls that have or want units, in the order of ingest.
        var queue: [(call: CallNumber, units: Int)] = []
        var enrolled: [Thing: Int] = [:]

        var free: Int { capacity - enrolled.values.reduce(0, +) }

        mutating func remove(_ call: CallNumber) {
            if let place = queue.firstIndex(where: { $0.call == call }) { queue.remove(at: place) }
        }

        /// The calls that have their units; or the first, if it cannot have them and there is nobody to wait for.
        var decided: [CallNumber] {
            var left = free
            let served = queue.prefix {
                left -= $0.units
                return left >= 0
            }
            return served.isEmpty ? queue.prefix(1).map(\.call) : served.map(\.call)
        }
    }

    private struct Holding {
        var names: [Thing] = []
        var units: [String: Int] = [:]
        /// The name that each claim got.
        var nameOfClaim: [Int: String] = [:]
    }

    /// What names were made from, so that the next one need not be looked for from the start.
    private struct Wish {
        /// How many names that were made from it are taken.
        var taken = 0
        /// The smallest suffix that may be free.
        var suffix = Wish.firstSuffix

        static let firstSuffix = 2
    }

    private struct TakenName {
        var wish: Thing
        /// nil = the name is the wish.
        var suffix: Int?
    }

    private struct Enrolled {
        var label: String
        var holding: Holding
        /// The plugin that alone can end it; nil = the host.
        var owner: String?
    }

    /// What a plugin may have registered at once.
    package static let mostThings = 1000

    /// Sizes that the operator set.
    private let capacities: [String: Int]
    private var pools: [String: Pool] = [:]
    private var names: [Thing: TakenName] = [:]
    private var wishes: [Thing: Wish] = [:]
    private var holdings: [CallNumber: Holding] = [:]
    private var things: [Thing: Enrolled] = [:]
    /// How many things a plugin has registered.
    private var counts: [String?: Int] = [:]

    /// Inside a parent's grant there is nothing but what the parent has.
    private let isNested: Bool

    private let guards: RaceGuards

    package init(capacities: [String: Int] = [:], isNested: Bool = false, guards: RaceGuards = .all) {
        self.capacities = capacities
        self.isNested = isNested
        self.guards = guards
    }

    /// Enters what a call demands, in the order of ingest. Refusals that no later event can change are told at once.
    package mutating func enter(_ call: CallNumber, _ demands: [Demand]) -> Refusal? {
        guard demands.contains(where: \.isReservation) else { return nil }
        var holding = Holding()
        for case .name(let kind, _) in demands.map(\.resource) where isNested { return .nestedName(kind: kind) }
        for case .units(let pool, let units, let declared) in demands.map(\.resource) {
            holding.units[pool, default: 0] += units
            if pools[pool] == nil {
                let capacity = capacities[pool] ?? (isNested ? 0 : declared)
                guard capacity > 0 else { return .noSuchPool(pool) }
                pools[pool] = Pool(capacity: capacity)
            }
        }
        for (pool, units) in holding.units.sorted(by: { $0.key < $1.key }) {
            guard let capacity = pools[pool]?.capacity, units <= capacity else {
                return .tooMany(pool: pool, units: units, capacity: pools[pool]?.capacity ?? 0)
            }
        }
        for demand in demands {
            guard case .name(let kind, let wish) = demand.resource else { continue }
            let name = take(Thing(kind: kind, name: wish))
            holding.names.append(name)
            if let claim = demand.claim { holding.nameOfClaim[claim] = name.name }
        }
        for (pool, units) in holding.units { pools[pool]?.queue.append((call, units)) }
        if !holding.units.isEmpty || !holding.names.isEmpty { holdings[call] = holding }
        return nil
    }

    /// The wish itself, or the first of wish-2, wish-3 and so on that is free.
    private mutating func take(_ wish: Thing) -> Thing {
        var made = wishes[wish] ?? Wish()
        var name = wish
        var suffix: Int?
        while names[name] != nil, guards.has(.nameReservation) {
            name.name = "\(wish.name)-\(made.suffix)"
            suffix = made.suffix
            made.suffix += 1
        }
        made.taken += 1
        wishes[wish] = made
        names[name] = TakenName(wish: wish, suffix: suffix)
        return name
    }

    private mutating func giveBack(_ name: Thing) {
        guard let taken = names.removeValue(forKey: name), var made = wishes[taken.wish] else { return }
        made.taken -= 1
        made.suffix = min(made.suffix, taken.suffix ?? made.suffix)
        wishes[taken.wish] = made.taken == 0 ? nil : made
    }

    package enum Standing: Sendable, Equatable {
        case ready
        /// Earlier calls that have or want units of the pool.
        case waits(pool: String, for: [CallNumber])
        case refused(Refusal)
    }

    /// How a call stands now.
    package func standing(of call: CallNumber) -> Standing {
        guard let holding = holdings[call], guards.has(.poolUnits) else { return .ready }
        for (name, units) in holding.units.sorted(by: { $0.key < $1.key }) {
            guard let pool = pools[name] else { continue }
            // No more of those before it than are enough to say why.
            var needed = units
            var earlier: [CallNumber] = []
            for (other, units) in pool.queue {
                guard other < call else { break }
                needed += units
                earlier.append(other)
                if needed > pool.free { break }
            }
            if needed <= pool.free { continue }
            if !earlier.isEmpty { return .waits(pool: name, for: earlier) }
            return .refused(
                .held(
                    pool: name, units: units, capacity: pool.capacity,
                    by: pool.enrolled.keys.map { things[$0]?.label ?? $0.name }.sorted()))
        }
        return .ready
    }

    /// Takes back everything that the call has, unless it was registered. Returns calls that may have their units now, or
    /// never.
    package mutating func leave(_ call: CallNumber) -> [CallNumber] {
        let holding = holdings.removeValue(forKey: call)
        if !things.isEmpty, unenroll(.abandoned(call)) { return waitingForUnits }
        guard let holding else { return [] }
        for pool in holding.units.keys { pools[pool]?.remove(call) }
        for name in holding.names { giveBack(name) }
        return holding.units.keys.flatMap { pools[$0]?.decided ?? [] }.sorted()
    }

    /// A call that will not end keeps what it has, as a registered thing does: nobody waits for it. Returns calls that may
    /// never have their units now.
    package mutating func abandon(_ call: CallNumber) -> [CallNumber] {
        guard holdings[call] != nil else { return [] }
        _ = enroll(.abandoned(call), label: "the abandoned call \(call)", of: call)
        return waitingForUnits
    }

    package func units(of call: CallNumber) -> [String: Int] { holdings[call]?.units ?? [:] }

    package func name(of claim: Int, of call: CallNumber) -> String? { holdings[call]?.nameOfClaim[claim] }

    /// Whether a plugin can register no more than it has.
    package func hasAll(_ owner: String) -> Bool { counts[owner, default: 0] >= Self.mostThings }

    /// Keeps what the call has as long as the thing lives. False if there is such a thing already.
    package mutating func enroll(_ thing: Thing, label: String, of call: CallNumber, by owner: String? = nil) -> Bool {
        guard things[thing] == nil else { return false }
        let holding = holdings.removeValue(forKey: call) ?? Holding()
        for (pool, units) in holding.units {
            pools[pool]?.remove(call)
            pools[pool]?.enrolled[thing] = units
        }
        things[thing] = Enrolled(label: label, holding: holding, owner: owner)
        counts[owner, default: 0] += 1
        // The call can still ask for its names.
        if !holding.nameOfClaim.isEmpty { holdings[call] = Holding(nameOfClaim: holding.nameOfClaim) }
        return true
    }

    /// Ends a registered thing. False if there is none, or only one that somebody else has registered.
    package mutating func unenroll(_ thing: Thing, by owner: String? = nil) -> Bool {
        guard let enrolled = things[thing], enrolled.owner == owner else { return false }
        things[thing] = nil
        counts[owner] = counts[owner].flatMap { $0 > 1 ? $0 - 1 : nil }
        for pool in enrolled.holding.units.keys { pools[pool]?.enrolled[thing] = nil }
        for name in enrolled.holding.names { giveBack(name) }
        return true
    }

    /// Registered things of a kind, sorted by name.
    package func enrolled(kind: String) -> [(name: String, label: String)] {
        things.filter { $0.key.kind == kind }.map { ($0.key.name, $0.value.label) }.sorted { $0.0 < $1.0 }
    }

    /// Calls with units of any pool that they have or want.
    package var waitingForUnits: [CallNumber] {
        Set(pools.values.flatMap { $0.queue.map(\.call) }).sorted()
    }

    /// Whether nothing is held by any call: pools are back to their full size but for registered things.
    package var isIdle: Bool {
        holdings.isEmpty && pools.values.allSatisfy { $0.queue.isEmpty }
            && names.count == things.values.reduce(0) { $0 + $1.holding.names.count }
    }
}

extension Demand {
    fileprivate var isReservation: Bool {
        switch resource {
        case .name, .units: true
        case .path, .key, .own: false
        }
    }
}

extension Reservations.Thing {
    /// No plugin's things are of no kind.
    fileprivate static func abandoned(_ call: CallNumber) -> Self {
        Self(kind: "", name: call.description)
    }
}
