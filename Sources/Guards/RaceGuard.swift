/// A rule that keeps calls that run side by side from spoiling one another's work. Each says what would happen without it.
///
/// Every rule is asked for at the place where it holds, by ``RaceGuards/has(_:)``; `RaceGuardTests` has a twin for each: a
/// scenario that comes out right with all of them, and wrong without that one.
package enum RaceGuard: String, CaseIterable, Sendable {
    // MARK: In the lock table

    /// A call starts when nothing earlier that conflicts is still there. Without: conflicting calls overlap, in any order.
    case order
    /// A call gets its number and enters the table in one step. Without: one that looked at its paths for long comes in before
    /// calls that run already, and beside them.
    case orderedIngest
    /// A file that is missing is claimed by its name. Without: two inserts find it missing, and the first is lost.
    case createOnMissing
    /// What an earlier call may give another meaning is claimed as wide as it may turn out to be. Without: a write through a
    /// link that is only being made lands elsewhere, beside the writers there.
    case provisionalClaims
    /// A look at the file system that was begun before the end of a call that may have changed it is made anew. Without: a
    /// call is locked where its path led before.
    case freshLook
    /// Locks that are made anew in their old place take nothing back from a later call that may run. Without: that one runs, and
    /// so does what conflicts with it.
    case grantsStay
    /// A list claims all names of its directory. Without: it shows half of what its siblings make.
    case namesOfList
    /// A file with several names has a key that all of them share. Without: two writers of one file do not meet.
    case aliasKeys
    /// Who gives a name another meaning claims everything below it. Without: a file is written in a directory that is being
    /// moved away.
    case everythingBelow
    /// Who passes through a missing directory claims that it is missing. Without: "there is no such file" is said of one that
    /// an earlier call makes, or of a directory that a later one makes.
    case missingParents
    /// Who makes a directory on the way to its file claims its name, beside others who do the same. Without: others see the
    /// directory before its maker is done.
    case jointParents
    /// Symbolic links on the way are claimed. Without: the path leads elsewhere while the call runs.
    case linksOnTheWay
    /// A call has its units of a pool when those of all earlier calls fit beside them. Without: more are used than there are.
    case poolUnits
    /// A name is taken in the step in which the call enters. Without: two processes get one name and one directory.
    case nameReservation
    /// A nested call may claim what its parent holds at the moment. Without: it meets its parent's siblings in their files.
    case parentsGrant

    // MARK: Start, cancel and end

    /// A call that is cancelled while it waits never starts. Without: what the user stopped is written all the same.
    case cancelBeforeStart
    /// A cancel that comes while a call is being taken in concerns it too. Without: it goes on in a turn that is over.
    case cancelDuringIngest
    /// A call that does not stop keeps its claims until its code returns. Without: its successor writes beside it.
    case claimsUntilReturn
    /// What conflicts with a call that was given up is refused. Without: it waits for ever.
    case poisonedKeys
    /// A call waits no longer than the operator allows. Without: it waits as long as somebody holds what it needs.
    case waitLimit
    /// No more calls wait than the operator allows. Without: a client that never stops fills the memory.
    case queueBound
    /// A call has one answer, whether it is given up or returns first. Without: the model is told twice.
    case oneAnswer
    /// A host that stops takes no more calls. Without: a call runs in plugins that were let go.
    case closedHost
    /// What a call says and does after its answer does not count. Without: a call that timed out writes on.
    case endedCallFence

    // MARK: In the file services

    /// Every use of a file is checked against what the call holds at that moment: what it reads it reads inside its claim.
    /// Without: a call that claimed nothing, or gave its claim back, loses others' writes.
    case useInsideClaim
    /// A file is replaced if it is still the version that the write is for. Without: what an editor saved meanwhile is lost.
    case sameVersion
    /// A file that has got another name since the look is not written. Without: it is written under a name that nobody claimed.
    case noNewName
    /// The directory and the entry in it are still those that the path led to. Without: the file is written in a directory that
    /// was moved away.
    case samePlace
    /// What was opened is what was found. Without: another file's content is read under this one's name.
    case sameFile
    /// No symbolic link at the end of a name is followed. Without: a directory that is swapped for a link while it is removed
    /// takes what it leads to along.
    case noLinkFollowed
    /// New content takes its place in one step. Without: others see half of it, and so does who comes after a crash.
    case atomicReplacement
    /// A new file replaces nothing. Without: one that another program made meanwhile is lost.
    case newNameOnly
    /// Files that the host has not finished are refused to tools. Without: a call removes what another is writing.
    case reservedNames
    /// The host removes an unfinished file only if its maker is gone. Without: a write loses its file between making and
    /// locking it.
    case leftoverOwner
    /// And only if nobody has its lock. Without: so does a write in another process namespace, where numbers mean others.
    case leftoverLock

    // MARK: Between processes

    /// A call locks its claims in the file that all hosts share. Without: two hosts lose each other's writes.
    case processLocks
    /// After the locking paths are looked at once more. Without: a call acts on what its path meant before another host's.
    case secondLook
    /// What was locked is what had to be, where the directories are now. Without: two hosts lock one file by the numbers of two
    /// directories, of which one is gone.
    case confirmedPlaces
    /// Who passes through a directory for the first time asks for its name too. Without: two hosts meet in a directory that one
    /// of them knows as missing.
    case passage
    /// Nobody takes what another waits for in the queue. Without: who needs a whole workspace waits for ever.
    case waitersFirst
    /// Nobody begins to queue before another who needs the same and has waited longer. Without: those who need one file after
    /// another keep the queue from one who needs them all.
    case oldestQueuesFirst
    /// The lock file is still the one in which others look. Without: two hosts lock two files.
    case currentLockFile
    /// What a call has locked stays locked until its processes are gone, also when its host is gone before. Without: a worker
    /// whose host was killed writes over what the next host's call has written.
    case keptBeyondHost
    /// What the host opens is closed in programs that it starts. Without: a lock outlives its call with them.
    case closedOnExec
}
