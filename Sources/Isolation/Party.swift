import Calls

/// Whose doing an attempt is: found once for each, and everything that depends on it is asked of it.
struct Party: LockCoverage {
    /// What the host does for the call; nil = it is no single call's.
    var call: (any CallServices)?
    var grants: WorkerOptions.Grants = []
    /// Its own to fill.
    var directory: String?
    /// Whether calls run in its process, so that what that has open can be a call's.
    var isCalls = false

    /// What the call keeps until its end; without a call, nothing.
    func covers(_ lock: Lock) -> Bool { call?.keeps(lock) ?? false }
}

extension Worker {
    /// What is no running call's has no claims, and no grants. But where calls share the zygote, what that does between them is
    /// some call's.
    var nobody: Party { runsInThreads ? Party(grants: grants, directory: scratch.path, isCalls: true) : Party() }
}
