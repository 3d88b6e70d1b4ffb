import Calls

/// What a call of a small world may claim, and by what it can be told which pairs conflict: the cells of the world that it
/// reads and writes. Cells are bits; nothing here knows of locks.
struct SmallClaim: Sendable {
    var name: String
    var path: PathDemand?
    /// Where the path leads; nil = where it says.
    var target: [String]?
    /// Whether the target is a file, in directories that are there.
    var isThere = false
    /// A named key of the kind "k", or all of them.
    var key: Demand.Resource?
    var units = 0
    var reads: UInt32 = 0
    var writes: UInt32 = 0
    /// Made in common with others that make it too.
    var makes: UInt32 = 0

    var demands: [Demand] {
        [path.map { Demand(.path($0), claim: 0, isReleasable: true) }, key.map { Demand($0, claim: 1) }]
            .compactMap { $0 }
            + (units > 0 ? [Demand(.units(pool: "pool", units, capacity: 0))] : [])
    }

    /// What a look at the world says: nothing in it ever changes.
    var walks: [PathWalk] {
        demands.pathsToWalk.map { path in
            guard let target else { return SmallResources.walk(path) }
            let key = Key.model(target)
            if isThere { return PathWalk(canonical: key, existing: key.components.count, kind: .file) }
            var walk = SmallResources.walk(PathDemand(target.joined(separator: "/"), path.mode, path.scope))
            walk.followed = [Key.model(["d", "f"])]
            return walk
        }
    }

    func conflicts(with other: SmallClaim) -> Bool {
        writes & (other.reads | other.writes | other.makes) != 0 || other.writes & (reads | makes) != 0
            || makes & other.reads != 0 || reads & other.makes != 0
    }
}

/// A directory `d` with a file `f` in it, and a directory `new` that is missing.
enum SmallResources {
    static let dBinding: UInt32 = 1, dContent: UInt32 = 2, fBinding: UInt32 = 4, fContent: UInt32 = 8
    /// Any other name in `d`, and what it has.
    static let otherBinding: UInt32 = 16, otherContent: UInt32 = 32
    static let newBinding: UInt32 = 64, newContent: UInt32 = 128, xBinding: UInt32 = 256, xContent: UInt32 = 512
    static let below: UInt32 = 1024
    static let belowD = fBinding | fContent | otherBinding | otherContent | below
    static let everything: UInt32 = 2047

    static func walk(_ path: PathDemand) -> PathWalk {
        let names = String(decoding: path.path ?? [], as: UTF8.self).split(separator: "/").map { Array($0.utf8) }
        let key = Key(components: Key.modelRoot.components + names)
        let text = names.map { String(decoding: $0, as: UTF8.self) }
        return switch text {
        case ["d"]: PathWalk(canonical: key, existing: 3, kind: .directory)
        case ["d", "f"]: PathWalk(canonical: key, existing: 4, kind: .file)
        default: PathWalk(canonical: key, existing: text.first == "d" ? 3 : 2)
        }
    }

    static let claims: [SmallClaim] = [
        SmallClaim(name: "read d/f", path: PathDemand("d/f", .shared, .exact), reads: dBinding | fBinding | fContent),
        SmallClaim(
            name: "edit d/f", path: PathDemand("d/f", .exclusive, .exact), reads: dBinding | fBinding,
            writes: fContent),
        SmallClaim(
            name: "remove d/f", path: PathDemand("d/f", .exclusive, .exact, [.removes, .entry]), reads: dBinding,
            writes: fBinding | fContent),
        SmallClaim(
            name: "list d", path: PathDemand("d", .shared, .entries), reads: dBinding | fBinding | otherBinding),
        SmallClaim(name: "search d", path: PathDemand("d", .shared, .subtree), reads: dBinding | dContent | belowD),
        SmallClaim(
            name: "write below d", path: PathDemand("d", .exclusive, .subtree), reads: dBinding,
            writes: dContent | belowD),
        SmallClaim(
            name: "write new/x", path: PathDemand("new/x", .exclusive, .exact, .createsFile),
            writes: xBinding | xContent, makes: newBinding),
        SmallClaim(
            name: "list new", path: PathDemand("new", .shared, .entries),
            reads: newBinding | xBinding),
        SmallClaim(
            name: "make new", path: PathDemand("new", .exclusive, .exact, [.createsDirectory, .entry]),
            writes: newBinding | newContent | xBinding | xContent),
        SmallClaim(
            name: "everything", path: PathDemand(path: nil, mode: .exclusive, scope: .subtree), writes: everything),
        SmallClaim(name: "one unit", units: 1),
        SmallClaim(
            name: "two units and d/f", path: PathDemand("d/f", .shared, .exact), units: 2,
            reads: dBinding | fBinding | fContent),
    ]
}

extension SmallResources {
    static let keyOne: UInt32 = 2048, keyTwo: UInt32 = 4096

    /// With named keys, and with keys beside paths.
    static let manyClaims: [SmallClaim] =
        claims + [
            SmallClaim(name: "read key one", key: .key(kind: "k", "one", .shared), reads: keyOne),
            SmallClaim(name: "write key one", key: .key(kind: "k", "one", .exclusive), writes: keyOne),
            SmallClaim(name: "write all keys", key: .key(kind: "k", nil, .exclusive), writes: keyOne | keyTwo),
            SmallClaim(
                name: "edit d/f, read key two, one unit", path: PathDemand("d/f", .exclusive, .exact),
                key: .key(kind: "k", "two", .shared), units: 1, reads: dBinding | fBinding | keyTwo, writes: fContent),
        ]
}

extension SmallResources {
    /// What a call's path may mean after somebody else has been there: its claims then, by the same words.
    static func otherMeanings(of claim: SmallClaim) -> [SmallClaim] {
        switch claim.name {
        // A link to what is below "new"; to a directory that is certain, or to one that an earlier call may make.
        case "edit d/f":
            [
                SmallClaim(
                    name: "edit d/f, a link to new/x", path: claim.path, target: ["new", "x"],
                    reads: dBinding | fBinding | newBinding | xBinding, writes: xContent),
                SmallClaim(
                    name: "edit d/f, a link to d/g", path: claim.path, target: ["d", "g"],
                    reads: dBinding | fBinding | otherBinding, writes: otherContent),
            ]
        case "read d/f":
            [
                SmallClaim(
                    name: "read d/f, a link to new/x", path: claim.path, target: ["new", "x"],
                    reads: dBinding | fBinding | newBinding | xBinding | xContent)
            ]
        // Somebody has made it.
        case "write new/x":
            [
                SmallClaim(
                    name: "write new/x, which is there", path: claim.path, target: ["new", "x"], isThere: true,
                    reads: xBinding, writes: xContent)
            ]
        default: []
        }
    }
}
