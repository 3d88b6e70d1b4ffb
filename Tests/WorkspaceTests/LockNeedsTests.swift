import Calls
import Locking
import Testing

@testable import Workspace

// `Footprint` makes a call's locks from its claims, `LockNeeds` says which locks an access must find. Each knows its own
// side only: here they meet.

@Suite("What a claim is for, its locks cover; and no more")
struct LockNeedsTests {
    /// What may stand at the path, as a walk sees it.
    enum Place: String, CaseIterable {
        case file, alias, directory, nothing, nothingBelowNothing, throughLink, folding

        var walk: PathWalk {
            let key = Key("path", "/ws", "d", "e", "f")
            let there = key.components.count
            return switch self {
            case .file: PathWalk(canonical: key, existing: there, kind: .file, device: 1, inode: 2)
            case .alias: PathWalk(canonical: key, existing: there, kind: .file, device: 1, inode: 2, links: 2)
            case .directory: PathWalk(canonical: key, existing: there, kind: .directory)
            case .nothing: PathWalk(canonical: key, existing: there - 1)
            case .nothingBelowNothing: PathWalk(canonical: key, existing: there - 2)
            case .throughLink:
                PathWalk(canonical: key, existing: there, kind: .file, followed: [Key("path", "/ws", "link")])
            case .folding: PathWalk(canonical: key, existing: there, kind: .file, folding: key.parent)
            }
        }

        var isFile: Bool { walk.kind == .file }
        var isMissing: Bool { walk.kind == nil }
    }

    /// A claim, and what it is for.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var claim: PathDemand
        var allows: Set<FileAccess>

        init(_ name: String, _ mode: Mode, _ scope: Scope, _ effects: Effects, _ allows: Set<FileAccess>) {
            testDescription = name
            claim = PathDemand("d/e/f", mode, scope, effects)
            self.allows = allows
        }
    }

    static let looking: Set<FileAccess> = [.read, .status]
    static let overwrite = Row("overwrite", .exclusive, .exact, [], looking.union([.writeExisting]))
    static let rows = [
        Row("read", .shared, .exact, [], looking),
        Row("list", .shared, .entries, [], [.list]),
        Row("search", .shared, .subtree, [], looking.union([.list])),
        overwrite,
        Row("write", .exclusive, .exact, .createsFile, looking.union([.writeExisting, .create])),
        Row("make a directory", .exclusive, .exact, [.createsDirectory, .entry], [.status, .makeDirectory]),
        Row("remove", .exclusive, .exact, [.removes, .entry], [.status, .rebindFile]),
        Row(
            "remove a tree", .exclusive, .subtree, [.removes, .entry], [.status, .list, .rebindFile, .rebindDirectory]),
        Row("receive", .exclusive, .subtree, [.receives, .entry], [.status, .rebindFile]),
        Row("anything", .exclusive, .subtree, .creates, Set(FileAccess.allCases)),
    ]

    /// The grant of a call that is alone.
    private func grant(_ claim: PathDemand, _ walk: PathWalk) -> LockTable {
        var table = LockTable()
        let footprint = Footprint([Demand(.path(claim))], walks: [walk], of: CallNumber(1), in: table)
        #expect(footprint.certainty == .certain)
        let isReady = table.enter(CallNumber(1), footprint.locks)
        #expect(isReady)
        return table
    }

    private func covers(_ table: LockTable, _ access: FileAccess, _ walk: PathWalk) -> Bool {
        func has(_ lock: Lock) -> Bool { table.covers(lock, of: CallNumber(1)) }
        return LockNeeds.locks(for: access, at: walk).allSatisfy(has)
            && LockNeeds.aliasLocks(for: access, at: walk)?.contains(where: has) ?? true
    }

    /// Whether the access can happen there at all.
    private func isPossible(_ access: FileAccess, at place: Place) -> Bool {
        switch access {
        case .read, .writeExisting, .rebindFile: place.isFile
        case .list, .rebindDirectory: place == .directory
        case .create, .makeDirectory: place.isMissing
        case .status: true
        }
    }

    @Test("what a claim is for is covered, whatever stands at the path", arguments: rows)
    func covered(row: Row) {
        for place in Place.allCases {
            let table = grant(row.claim, place.walk)
            for access in row.allows where isPossible(access, at: place) {
                #expect(covers(table, access, place.walk), "\(access) at a \(place)")
            }
        }
    }

    @Test(
        "a file that comes where nothing was may be made over again",
        arguments: rows.filter { $0.allows.contains(.create) })
    func receives(row: Row) {
        let table = grant(row.claim, Place.nothing.walk)
        #expect(covers(table, .writeExisting, Place.file.walk))
    }

    @Test("a shared claim covers no write", arguments: rows.filter { $0.claim.mode == .shared })
    func sharedWritesNothing(row: Row) {
        for place in Place.allCases {
            let table = grant(row.claim, place.walk)
            for access in FileAccess.allCases where access.isWriting {
                #expect(!covers(table, access, place.walk), "\(access) at a \(place)")
            }
        }
    }

    @Test("who may only overwrite makes, removes and moves nothing")
    func overwriteRebindsNothing() {
        for place in Place.allCases where place != .folding {
            let table = grant(Self.overwrite.claim, place.walk)
            for access in [FileAccess.create, .makeDirectory, .rebindFile, .rebindDirectory] {
                #expect(!covers(table, access, place.walk), "\(access) at a \(place)")
            }
        }
    }

    @Test("nothing beside the path is covered", arguments: rows)
    func beside(row: Row) {
        // Below a directory that folds, or that is missing and may become anything, a claim is as wide as that.
        for place in Place.allCases where place != .folding && place != .nothingBelowNothing {
            let table = grant(row.claim, place.walk)
            var sibling = place.walk
            sibling.canonical = Key("path", "/ws", "d", "e", "g")
            sibling.inode = 3
            for access in FileAccess.allCases {
                #expect(!covers(table, access, sibling), "\(access) beside a \(place)")
            }
        }
    }
}
