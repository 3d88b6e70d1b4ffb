import Calls
import Testing

@testable import Locking

/// What the model of the rules cannot meet in its file system.
@Suite("The footprint")
struct FootprintTests {
    private static let root = Key("path", "w")

    private static func locks(_ path: PathDemand, _ walk: PathWalk) -> [Lock] {
        Footprint([Demand(.path(path))], walks: [walk], of: CallNumber(1), in: LockTable()).locks.map(\.lock)
    }

    private static func areInConflict(_ first: [Lock], _ second: [Lock]) -> Bool {
        first.contains { one in second.contains { conflict(one, $0) } }
    }

    private static func file(_ names: String..., links: Int = 1, other: Bool = false, folding: Key? = nil) -> PathWalk {
        PathWalk(
            canonical: Key(components: root.components + names.map { Array($0.utf8) }),
            existing: root.components.count + names.count, kind: .file, device: 1, inode: 7, links: links,
            mayHaveOtherNames: other, folding: folding)
    }

    @Test("in a directory that folds names, everything is one name, and meets other names of its files elsewhere")
    func folding() {
        let folding = Self.root.appending(Array("Fold".utf8))
        let reader = Self.locks(
            PathDemand("Fold/A", .shared, .exact), Self.file("Fold", "A", links: 2, folding: folding))
        let neighbour = Self.locks(
            PathDemand("Fold/a", .exclusive, .exact), Self.file("Fold", "a", folding: folding))
        let elsewhere = Self.locks(PathDemand("x", .exclusive, .exact), Self.file("x", links: 2))
        let stranger = Self.locks(PathDemand("y", .exclusive, .exact), Self.file("y"))
        #expect(Self.areInConflict(reader, neighbour))
        #expect(Self.areInConflict(reader, elsewhere))
        #expect(!Self.areInConflict(reader, stranger))
    }

    @Test("what lies below a nested mount may have a second name")
    func mounts() {
        let inMount = Self.locks(PathDemand("m/f", .exclusive, .exact), Self.file("m", "f", other: true))
        let search = Self.locks(
            PathDemand("d", .shared, .subtree),
            PathWalk(canonical: Self.root.appending(Array("d".utf8)), existing: 3, kind: .directory))
        let reader = Self.locks(PathDemand("g", .shared, .exact), Self.file("g", other: true))
        #expect(Self.areInConflict(inMount, search))
        #expect(Self.areInConflict(inMount, reader))
    }

    @Test("a path that cannot be used is refused, but not before it is certain")
    func problems() {
        var table = LockTable()
        let link = Self.root.appending(Array("l".utf8))
        _ = table.enter(CallNumber(1), [LockRequest(Lock(link, .subtree, .exclusive), effect: .anything)])
        let walk = PathWalk(canonical: link, existing: 3, followed: [link], problem: .loop)
        let demands = [Demand(.path(PathDemand("l", .shared, .exact)))]
        let early = Footprint(demands, walks: [walk], of: CallNumber(2), in: table)
        #expect(early.refusal == nil)
        #expect(early.certainty == .provisional(until: CallNumber(1)))
        _ = table.leave(CallNumber(1))
        #expect(Footprint(demands, walks: [walk], of: CallNumber(2), in: table).refusal?.problem == .loop)
    }
}
