import Calls
import Locking

@testable import Scheduling

/// What a model's turn is run by: the product's own plan, or a twin of it that lacks a rule.
protocol ModelScheduler {
    var epoch: UInt64 { get }
    /// What is left over when every call has ended, or is wrong before; nil = nothing.
    var complaint: String? { get }

    mutating func submit(_ submission: Plan.Submission, _ look: Plan.Look) -> [ModelAction]
    mutating func looked(_ call: CallNumber, _ look: Plan.Look) -> [ModelAction]
    mutating func finished(_ call: CallNumber) -> [ModelAction]
    mutating func cancel(_ call: CallNumber) -> [ModelAction]
    mutating func release(_ claim: Int, of call: CallNumber) -> [ModelAction]
}

enum ModelAction {
    case look(CallNumber)
    case start(CallNumber)
    case settle(CallNumber, Outcome)
}

/// The product.
struct PlanScheduler: ModelScheduler {
    private var plan = Plan(limits: Limits())

    var epoch: UInt64 { plan.epoch }

    var complaint: String? {
        if let broken = plan.table.checkInvariants() { return broken }
        if plan.isEmpty, plan.table.count > 0 || !plan.watchers.isEmpty { return "an empty plan has \(plan)" }
        return nil
    }

    mutating func submit(_ submission: Plan.Submission, _ look: Plan.Look) -> [ModelAction] {
        Self.actions(plan.submit(submission, look, now: 0))
    }

    mutating func looked(_ call: CallNumber, _ look: Plan.Look) -> [ModelAction] {
        Self.actions(plan.looked(call, look, now: 0))
    }

    mutating func finished(_ call: CallNumber) -> [ModelAction] { Self.actions(plan.finished(call, now: 0)) }

    mutating func cancel(_ call: CallNumber) -> [ModelAction] {
        Self.actions(plan.cancel(call, why: "nobody wants it", now: 0))
    }

    mutating func release(_ claim: Int, of call: CallNumber) -> [ModelAction] {
        Self.actions(plan.release(claim, of: call, now: 0))
    }

    private static func actions(_ actions: [Plan.Action]) -> [ModelAction] {
        actions.compactMap {
            switch $0 {
            case .look(let call): .look(call)
            case .start(let grant): .start(grant.call)
            case .settle(let call, let outcome): .settle(call, outcome)
            case .signal, .kill, .abandon, .note, .lock: nil
            }
        }
    }
}

/// A rule that a twin can be without.
enum Rule: CaseIterable {
    /// Calls start when nothing earlier conflicts.
    case order
    /// What an earlier call may change is claimed widely.
    case provisional
    /// A list claims all names of its directory.
    case entries
    /// Files with several names, and whole subtrees, meet at one key.
    case aliases
    /// Whoever changes what a name denotes claims all that is below it.
    case below
    /// Who only passes a missing directory still claims that it is missing.
    case missing
    /// Who makes a missing directory on the way claims it, jointly.
    case joint
    /// A symbolic link on the way is claimed.
    case links
    /// A look that was begun before the end of a call that may have changed paths is not believed.
    case epoch
}

/// A scheduler as small as can be, made from the product's footprint and lock table, in which a rule can be left out. With
/// all its rules it must do as well as the product.
struct RuleScheduler: ModelScheduler {
    private struct Entry {
        var submission: Plan.Submission
        var isProvisional = false
        var hasStarted = false
    }

    private let missing: Rule?
    private var table = LockTable()
    private var entries: [CallNumber: Entry] = [:]
    private var watchers: [CallNumber: [CallNumber]] = [:]
    private(set) var epoch: UInt64 = 0

    init(without rule: Rule?) {
        missing = rule
    }

    var complaint: String? {
        missing == nil && entries.isEmpty && table.count > 0 ? "calls are left in the table" : nil
    }

    mutating func submit(_ submission: Plan.Submission, _ look: Plan.Look) -> [ModelAction] {
        let call = submission.call
        let footprint = footprint(submission, look)
        if footprint.refusal != nil { return [.settle(call, .refused("symbolic links"))] }
        entries[call] = Entry(submission: submission)
        _ = table.enter(call, locks(footprint, submission, look))
        return follow(footprint.certainty, of: call) + start([call])
    }

    mutating func looked(_ call: CallNumber, _ look: Plan.Look) -> [ModelAction] {
        guard let submission = entries[call]?.submission else { return [] }
        let footprint = footprint(submission, look)
        if footprint.refusal != nil { return [.settle(call, .refused("symbolic links"))] + remove(call) }
        if footprint.certainty == .stale { return [.look(call)] }
        let ready = table.narrow(call, to: locks(footprint, submission, look))
        let actions = follow(footprint.certainty, of: call)
        return actions + wakeWatchers(of: call) + start(ready + [call])
    }

    mutating func finished(_ call: CallNumber) -> [ModelAction] {
        epoch += 1
        return remove(call)
    }

    mutating func cancel(_ call: CallNumber) -> [ModelAction] {
        guard let entry = entries[call], !entry.hasStarted else { return [] }
        return [.settle(call, .cancelled("nobody wants it", waitedFor: []))] + remove(call)
    }

    mutating func release(_ claim: Int, of call: CallNumber) -> [ModelAction] {
        epoch += 1
        let ready = table.release(claim, of: call)
        return wakeWatchers(of: call) + start(ready)
    }

    private func footprint(_ submission: Plan.Submission, _ look: Plan.Look) -> Footprint {
        let believed = look.epoch == epoch || missing == .epoch || missing == .provisional
        return Footprint(
            submission.demands, walks: believed ? look.walks : nil, of: submission.call,
            in: missing == .provisional ? LockTable() : table)
    }

    private mutating func follow(_ certainty: Footprint.Certainty, of call: CallNumber) -> [ModelAction] {
        entries[call]?.isProvisional = certainty != .certain
        switch certainty {
        case .certain: return []
        case .stale: return [.look(call)]
        case .provisional(let until):
            watchers[until, default: []].append(call)
            return []
        }
    }

    private mutating func wakeWatchers(of call: CallNumber) -> [ModelAction] {
        (watchers.removeValue(forKey: call) ?? []).filter { entries[$0] != nil }.map { .look($0) }
    }

    private mutating func remove(_ call: CallNumber) -> [ModelAction] {
        entries[call] = nil
        let ready = table.leave(call)
        return wakeWatchers(of: call) + start(ready)
    }

    private mutating func start(_ calls: [CallNumber]) -> [ModelAction] {
        var actions: [ModelAction] = []
        for call in calls {
            guard let entry = entries[call], !entry.isProvisional, !entry.hasStarted else { continue }
            guard table.isReady(call) || missing == .order else { continue }
            entries[call]?.hasStarted = true
            actions.append(.start(call))
        }
        return actions
    }

    /// The locks of a footprint, without those that the missing rule asks for.
    private func locks(
        _ footprint: Footprint, _ submission: Plan.Submission, _ look: Plan.Look
    ) -> [LockRequest] {
        guard let missing, footprint.certainty == .certain else { return footprint.locks }
        let walks = Array(zip(submission.demands.pathsToWalk, look.walks))
        let ends = Set(walks.map(\.1.canonical))
        let links = Set(walks.flatMap(\.1.followed))
        let trees = Set(walks.filter { $0.0.scope == .subtree }.map(\.1.canonical))
        return footprint.locks.filter { request in
            let lock = request.lock
            return switch missing {
            case .order, .provisional, .epoch: true
            case .entries: lock.facet != .entries
            case .aliases: lock.key != .aliases && !lock.key.isInode
            case .below: lock.facet != .subtree || lock.mode == .shared || trees.contains(lock.key)
            case .missing:
                lock.facet != .binding || lock.mode != .shared || ends.contains(lock.key)
                    || links.contains(lock.key)
            case .joint: lock.facet != .binding || lock.mode != .joint
            case .links: lock.facet != .binding || ends.contains(lock.key) || !links.contains(lock.key)
            }
        }
    }
}
