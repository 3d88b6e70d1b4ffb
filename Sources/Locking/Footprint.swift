import Calls
import Guards

/// What a call's path demands come down to, given one look at the file system and the calls before it: the one place that
/// makes locks from paths.
///
///     operation                 locks
///     read f                    binding(f) shared, content(f) shared
///     overwrite existing f      binding(f) shared, content(f) exclusive
///     create, remove, move f    binding(f) and content(f) exclusive, and subtree(f): a new meaning of f is one of all below
///     list d                    binding(d) shared, entries(d) shared
///     search d                  binding(d), content(d), subtree(d) shared
///     write below d             binding(d) shared, content(d), subtree(d) exclusive
///     a missing parent p        binding(p) joint by those that would make it, shared by the others
///     a link on the way         binding(link) shared
///     give f a second name      as create for the new name; content(f) and subtree(f) exclusive: what f is called may change
///
/// Directories that exist on the way need no lock: changing one of them takes its subtree. An executable model of these
/// rules, with files, links and renames in random turns, found no divergence from the serial run; without any one line it
/// does (`ModelTests` repeats that here; the rules that keep races out are ``RaceGuard``s).
///
/// A limit: who writes below d takes the aliases only shared, so that two directories can be written side by side. If both
/// have the same file under different names, the two do not know that they meet in it.
package struct Footprint: Sendable, Equatable {
    package enum Certainty: Sendable, Equatable {
        case certain
        /// An earlier call may still change what a path means: the locks are wider than will be needed, and it is worth
        /// looking again when that call is gone.
        case provisional(until: CallNumber)
        /// The look at the file system is out of date: look again at once.
        case stale
    }

    package struct Refusal: Sendable, Equatable {
        package var demand: PathDemand
        package var problem: PathWalk.Problem
    }

    package private(set) var locks: [LockRequest] = []
    package private(set) var certainty = Certainty.certain
    /// A path that cannot be used, and certainly so.
    package private(set) var refusal: Refusal?
    /// Who may make anything can make a second name for a file that it claims for itself.
    private let mayLink: Bool
    /// All that the call takes away are plain files: so what comes to the other end of its move is one.
    private var movesPlainFiles = false
    private let guards: RaceGuards

    /// `walks` belong to `demands.pathsToWalk`; nil = the file system has changed since they were made.
    package init(_ demands: [Demand], walks: [PathWalk]?, of call: CallNumber, in table: LockTable) {
        guards = table.guards
        mayLink = demands.contains {
            if case .path(let path) = $0.resource { path.effects.contains(.creates) } else { false }
        }
        movesPlainFiles = walks.map { Self.removesPlainFiles(demands, $0, of: call, in: table) } ?? false
        var walks = walks.map { $0[...] }
        for demand in demands {
            switch demand.resource {
            case .key(let kind, let key?, let mode):
                add(Lock(.named(kind: kind, key), .content, LockMode(mode)), for: demand)
            case .key(let kind, nil, let mode): add(Lock(.kind(kind), .subtree, LockMode(mode)), for: demand)
            case .own(let key, let mode): add(Lock(key, .content, LockMode(mode)), for: demand)
            case .name, .units: break
            case .path(let path) where path.path == nil: addEverything(below: .paths, path.mode, for: demand)
            case .path(let path):
                guard let walk = walks?.popFirst() else {
                    certainty = .stale
                    addEverything(below: .paths, path.mode, for: demand)
                    continue
                }
                let uncertainty =
                    guards.has(.provisionalClaims)
                    ? table.uncertainty(of: walk.canonical, followed: walk.followed, before: call) : .init()
                add(path, walk, uncertainty, demand)
            }
        }
    }

    private static func removesPlainFiles(
        _ demands: [Demand], _ walks: [PathWalk], of call: CallNumber, in table: LockTable
    ) -> Bool {
        let removed = zip(demands.pathsToWalk, walks).filter { $0.0.effects.contains(.removes) }.map(\.1)
        return !removed.isEmpty
            && removed.allSatisfy { walk in
                let uncertainty = table.uncertainty(of: walk.canonical, followed: walk.followed, before: call)
                return walk.isPlainFile && !uncertainty.fileMayAppear && uncertainty.until == nil
            }
    }

    private mutating func add(
        _ path: PathDemand, _ walk: PathWalk, _ uncertainty: LockTable.Uncertainty, _ demand: Demand
    ) {
        if let (certain, because) = uncertainty.until {
            // What the walk says may come true as well: wide enough for that, in directories that are there already.
            let wide = walk.followed.isEmpty ? certain.prefix(max(walk.existing, 1)) : .paths
            addEverything(below: wide, path.mode, for: demand)
            if case .provisional(let other) = certainty, other > because { return }
            certainty = .provisional(until: because)
        } else if let problem = walk.problem, problem != .notDirectory {
            refusal = refusal ?? Refusal(demand: path, problem: problem)
        } else {
            if guards.has(.linksOnTheWay) {
                for link in walk.followed { add(Lock(link, .binding, .shared), for: demand) }
            }
            if let folding = walk.folding {
                // Which names are one is the file system's secret, and so is which files have others elsewhere.
                addEverything(below: folding, path.mode, for: demand)
            } else if path.mode == .shared {
                addReading(path, walk, for: demand)
            } else {
                addWriting(path, walk, fileMayAppear: uncertainty.fileMayAppear, for: demand)
            }
        }
    }

    private mutating func add(_ lock: Lock, _ effect: BindingEffect = .none, for demand: Demand) {
        if lock.key == .aliases || lock.key.isInode, !guards.has(.aliasKeys) { return }
        let effect = lock.mode == .exclusive ? effect : .none
        locks.append(LockRequest(lock, effect: effect, releasable: demand.isReleasable ? demand.claim : nil))
    }
}

// MARK: - The rules

extension Footprint {
    private mutating func addReading(_ path: PathDemand, _ walk: PathWalk, for demand: Demand) {
        let key = walk.canonical
        if guards.has(.missingParents) {
            for parent in walk.missingParents { add(Lock(parent, .binding, .shared), for: demand) }
        }
        add(Lock(key, .binding, .shared), for: demand)
        switch path.scope {
        case .entries: if guards.has(.namesOfList) { add(Lock(key, .entries, .shared), for: demand) }
        case .exact:
            add(Lock(key, .content, .shared), for: demand)
            guard walk.isAliased else { return }
            add(Lock(walk.inodeKey, .content, .shared), for: demand)
            // Joint: beside its like, but not beside a subtree claim, which does not know of this name.
            add(Lock(.aliases, .content, .joint), for: demand)
        case .subtree:
            add(Lock(key, .content, .shared), for: demand)
            guard !walk.isPlainFile else { return }
            add(Lock(key, .subtree, .shared), for: demand)
            add(Lock(.aliases, .content, .shared), for: demand)
        }
    }

    private mutating func addWriting(
        _ path: PathDemand, _ walk: PathWalk, fileMayAppear: Bool, for demand: Demand
    ) {
        let key = walk.canonical
        let effects = path.effects
        let isPlain = walk.isPlainFile && !fileMayAppear
        let replaces = !effects.isDisjoint(with: .replacing)
        // Where nothing is, or a plain file, a plain file that is moved here changes no more than a new one would.
        let receivesFile = effects.contains(.receives) && movesPlainFiles && (walk.kind == nil || isPlain)
        let rebinds = replaces || effects.contains(.createsFile) && (walk.kind == nil || fileMayAppear)

        addMissingParents(of: walk, effects, for: demand)
        if walk.kind == nil, !guards.has(.createOnMissing) { return }
        if rebinds { add(Lock(key, .binding, .exclusive), for: demand) }
        add(Lock(key, .content, .exclusive), for: demand)
        // Last: what the exclusive ones leave above stands for its intents too.
        if !rebinds { add(Lock(key, .binding, .shared), for: demand) }
        if path.scope != .exact && !(isPlain && !effects.contains(.receives)) && !receivesFile {
            add(Lock(key, .subtree, .exclusive), .anything, for: demand)
            add(Lock(.aliases, .content, .shared), for: demand)
        } else if rebinds || mayLink, guards.has(.everythingBelow) {
            add(Lock(key, .subtree, .exclusive), bindingEffect(effects, isPlain: isPlain, receivesFile), for: demand)
        }
        if walk.isAliased {
            add(Lock(walk.inodeKey, .content, .exclusive), for: demand)
            add(Lock(.aliases, .content, .exclusive), for: demand)
        }
    }

    private mutating func addMissingParents(of walk: PathWalk, _ effects: Effects, for demand: Demand) {
        // What only makes directories and a file agrees with its like on a missing parent.
        let mode: LockMode = !effects.createSomething ? .shared : effects.contains(.creates) ? .exclusive : .joint
        guard mode == .exclusive || guards.has(mode == .joint ? .jointParents : .missingParents) else { return }
        for parent in walk.missingParents {
            add(Lock(parent, .binding, mode), for: demand)
            if mode == .exclusive { add(Lock(parent, .subtree, .exclusive), for: demand) }
        }
    }

    private func bindingEffect(_ effects: Effects, isPlain: Bool, _ receivesFile: Bool) -> BindingEffect {
        if effects.contains(.creates) || effects.contains(.receives) && !receivesFile { return .anything }
        if effects.contains(.removes) { return isPlain ? .absence : .anything }
        if mayLink { return .anything }
        return effects.contains(.createsFile) || receivesFile ? .file : .none
    }

    /// Everything below `key`, and whatever other names it has: at least what any path below it may need.
    private mutating func addEverything(below key: Key, _ mode: Mode, for demand: Demand) {
        add(Lock(key, .subtree, LockMode(mode)), .anything, for: demand)
        add(Lock(.aliases, .content, LockMode(mode)), for: demand)
        if mode == .shared { add(Lock(.aliases, .content, .joint), for: demand) }
    }
}

extension LockMode {
    init(_ mode: Mode) {
        self = mode == .shared ? .shared : .exclusive
    }
}

extension PathWalk {
    fileprivate var isPlainFile: Bool { kind == .file && !isAliased }
}
