import Calls

/// Calls that other processes keep from starting, by the place at which they were stopped. Of those that were stopped at one
/// place only the one that has waited longest tries again: what it finds there is what the others would find.
struct Blockades {
    /// Nanoseconds from one try to the next: doubled from try to try.
    static let firstDelay: UInt64 = 500_000
    static let longestDelay: UInt64 = 16_000_000

    struct Standing {
        var place: UInt64
        var blockade: Blockade
        var delay: UInt64
        var retry: UInt64
        /// When it was stopped for the first time, wherever that was.
        var since: UInt64
    }

    private(set) var standings: [CallNumber: Standing] = [:]
    /// Never empty; who has waited longer comes first, and the first tries again.
    private var places: [UInt64: [CallNumber]] = [:]

    var isEmpty: Bool { standings.isEmpty && places.isEmpty }

    /// The call that tries for all those of its place.
    func triesAgain(_ call: CallNumber) -> Bool {
        standings[call].map { places[$0.place]?.first == call } ?? false
    }

    func isTime(_ time: UInt64, for call: CallNumber) -> Bool { standings[call]?.retry == time }

    /// Calls that are at their places, in the order in which they try.
    func others(behind call: CallNumber) -> ArraySlice<CallNumber> {
        guard let place = standings[call]?.place, let calls = places[place], calls.first == call else { return [] }
        return calls.dropFirst()
    }

    /// A try found the place taken. `next`: who tries in its stead at the place that it left.
    mutating func stop(
        _ call: CallNumber, at place: UInt64, _ blockade: Blockade, since: UInt64, now: UInt64
    ) -> (isNews: Bool, next: CallNumber?) {
        let before = standings[call]
        var next: CallNumber?
        if before?.place != place {
            next = leave(call)
            var calls = places[place] ?? []
            // Nearly always at the end.
            let index = (calls.lastIndex { standings[$0]?.since ?? 0 <= since }).map { $0 + 1 } ?? 0
            calls.insert(call, at: index)
            places[place] = calls
        }
        let isSamePlace = before?.place == place
        let delay = isSamePlace ? min((before?.delay ?? 0) * 2, Self.longestDelay) : Self.firstDelay
        standings[call] = Standing(
            place: place, blockade: blockade, delay: delay, retry: now.later(by: delay), since: since)
        return (before.map { !$0.blockade.isSame(as: blockade) } ?? true, next)
    }

    /// The call tries no more. Returns who tries in its stead.
    mutating func leave(_ call: CallNumber) -> CallNumber? {
        guard let place = standings.removeValue(forKey: call)?.place, var calls = places[place] else { return nil }
        let wasFirst = calls.first == call
        calls.removeAll { $0 == call }
        places[place] = calls.isEmpty ? nil : calls
        return wasFirst ? calls.first : nil
    }
}

extension Blockade {
    /// As far as a person cares.
    fileprivate func isSame(as other: Blockade) -> Bool {
        holder?.process == other.holder?.process && holder?.call == other.holder?.call && resource == other.resource
    }
}
