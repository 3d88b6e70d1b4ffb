import Calls
import Foundation
import System
import TestSupport
import Testing

@testable import ProcessLocks

/// Several hosts, as far as the kernel knows: each has openings of its own.
@Suite struct ProcessLocksTests {
    private let temporary: TemporaryDirectory
    var directory: String { temporary.path }
    var path: String { directory + "/state/locks" }
    let places = SmallTree.places(x: nil)
    let file = Lock(SmallTree.key("a", "f"), .content, .exclusive)
    let whole = Lock(SmallTree.key(), .subtree, .exclusive)

    init() throws {
        temporary = try TemporaryDirectory()
    }

    func host(log: @escaping @Sendable (String) -> Void = { _ in }) throws -> ProcessLocks {
        try ProcessLocks(file: path, places: places, log: log)
    }

    func isFree(_ lock: Lock, _ host: ProcessLocks) throws -> Bool {
        let claim = host.claim(of: CallNumber(.random(in: 1_000...9_000_000)), tool: "probe")
        defer { claim.giveBack() }
        return try claim.attempt([lock], queues: false) == nil
    }

    @Test("the kernel says of every pair of locks what the table says")
    func pairs() throws {
        let (one, other) = (try host(), try host())
        // What is passed for the first time is asked for by its name as well.
        for host in [one, other] {
            let claim = host.claim(of: CallNumber(3), tool: "first")
            #expect(try claim.attempt([file], queues: false) == nil)
            #expect(claim.confirm([file], at: places))
            claim.giveBack()
        }
        var random = SeededGenerator(seed: 1)
        for _ in 0..<1_500 {
            let a = (0..<2).compactMap { _ in SmallTree.locks.randomElement(using: &random) }
            let b = (0..<2).compactMap { _ in SmallTree.locks.randomElement(using: &random) }
            let (first, second) = (one.claim(of: CallNumber(1), tool: "a"), other.claim(of: CallNumber(2), tool: "b"))
            #expect(try first.attempt(a, queues: false) == nil)
            let blockage = try second.attempt(b, queues: false)
            #expect((blockage != nil) == RegionTests.tableExcludes(a, b), "\(a) and \(b)")
            first.giveBack()
            second.giveBack()
        }
    }

    @Test("all or nothing: a call that is stopped at its last range has none of the others")
    func allOrNothing() throws {
        let (one, other) = (try host(), try host())
        let held = one.claim(of: CallNumber(1), tool: "a")
        #expect(try held.attempt([file], queues: false) == nil)
        let many = SmallTree.keys.map { Lock($0, .content, .exclusive) } + [file]
        let stopped = other.claim(of: CallNumber(1), tool: "b")
        #expect(try stopped.attempt(many, queues: false) != nil)
        for lock in many where lock != file { #expect(try isFree(lock, one), "\(lock)") }
        held.giveBack()
        #expect(try isFree(file, other))
    }

    @Test("calls of one host have openings of their own")
    func oneHost() throws {
        let host = try host()
        let claim = host.claim(of: CallNumber(1), tool: "a")
        #expect(try claim.attempt([file], queues: false) == nil)
        #expect(try !isFree(file, host))
        claim.giveBack()
        #expect(try isFree(file, host))
    }

    @Test("who is in the way is named: the process, the call, its tool, what it holds it for")
    func names() throws {
        let (one, other) = (try host(), try host())
        for (held, wanted) in [(file, whole), (whole, file), (file, file)] {
            let holder = one.claim(of: CallNumber(7), tool: "file_write")
            #expect(try holder.attempt([held], queues: false) == nil)
            let blockage = try #require(
                try other.claim(of: CallNumber(1), tool: "b").attempt([wanted], queues: false))
            #expect(blockage.holder?.process == Int(getpid()) && blockage.holder?.call == CallNumber(7))
            #expect(blockage.holder?.tool == "file_write" && blockage.holder?.isWaiting == false)
            #expect(blockage.lock == wanted)
            holder.giveBack()
        }
    }

    @Test("who is in the way is named whatever it is doing just then")
    func namesAtEveryStep() throws {
        let steps = Guarded((count: 0, stopped: 0))
        let isWatched = Guarded(false)
        let other = try host()
        let watch = { @Sendable (_: SystemCall) throws(SystemError) in
            guard isWatched.withLock({ $0 }) else { return }
            for wanted in [file, whole] {
                let late = other.claim(of: CallNumber(1), tool: "late")
                let blockage = try? late.attempt([wanted], queues: false)
                late.giveBack()
                if let blockage { #expect(["holder", "waiter"].contains(blockage.holder?.tool), "\(wanted)") }
                steps.withLock { $0 = ($0.count + 1, $0.stopped + (blockage == nil ? 0 : 1)) }
            }
        }
        var kernel = Kernel()
        kernel.intercept = watch
        let one = try ProcessLocks(file: path, places: places, kernel: kernel)
        isWatched.withLock { $0 = true }
        let holder = one.claim(of: CallNumber(7), tool: "holder")
        let waiter = one.claim(of: CallNumber(8), tool: "waiter")
        #expect(try holder.attempt([whole, file], queues: false) == nil)
        for queues in [false, true, true] { #expect(try waiter.attempt([file], queues: queues) != nil) }
        holder.narrow(to: [file])
        holder.giveBack()
        #expect(try waiter.attempt([file], queues: true) == nil)
        waiter.giveBack()
        isWatched.withLock { $0 = false }
        #expect(steps.withLock { $0.stopped > 20 && $0.count > $0.stopped })
    }

    @Test("a host that has made its file of records, and not locked it yet, is not taken for one that is gone")
    func beginning() throws {
        let other = try host()
        let hasLooked = Guarded(false)
        var kernel = Kernel()
        kernel.intercept = { call throws(SystemError) in
            guard call == .lockRange, hasLooked.withLock({ !$0 }) else { return }
            hasLooked.withLock { $0 = true }
            #expect(throws: Never.self) { try ProcessLocks(file: path, places: places).close() }
        }
        let one = try ProcessLocks(file: path, places: places, kernel: kernel)
        #expect(hasLooked.withLock { $0 })
        let holder = one.claim(of: CallNumber(7), tool: "holder")
        #expect(try holder.attempt([file], queues: false) == nil)
        let blockage = try other.claim(of: CallNumber(1), tool: "late").attempt([file], queues: false)
        #expect(blockage?.holder?.tool == "holder")
        holder.giveBack()
    }

    @Test("one who waits for everything gets in though others come and go without a gap")
    func queue() throws {
        let (one, other) = (try host(), try host())
        let waiter = other.claim(of: CallNumber(1), tool: "search")
        var working = one.claim(of: CallNumber(1), tool: "edit")
        #expect(try working.attempt([file], queues: false) == nil)
        #expect(try waiter.attempt([whole], queues: false) != nil)
        // Not queueing yet: the next one comes in before the first is done, and so for ever.
        var next = one.claim(of: CallNumber(2), tool: "edit")
        let elsewhere = Lock(SmallTree.key("b"), .content, .exclusive)
        #expect(try next.attempt([elsewhere], queues: false) == nil)
        working.giveBack()
        #expect(try waiter.attempt([whole], queues: true) != nil)
        // Queueing: nobody else comes in, and is told why.
        working = one.claim(of: CallNumber(3), tool: "edit")
        let blockage = try #require(try working.attempt([file], queues: false))
        #expect(blockage.holder?.tool == "search" && blockage.holder?.isWaiting == true)
        next.giveBack()
        #expect(try waiter.attempt([whole], queues: true) == nil)
        // And when it is done, its place in the queue is free too.
        #expect(try !isFree(file, one))
        waiter.giveBack()
        next = one.claim(of: CallNumber(4), tool: "edit")
        #expect(try next.attempt([file], queues: false) == nil)
        next.giveBack()
    }

    @Test("who waits for something else is not held up by a queue")
    func otherQueue() throws {
        let (one, other) = (try host(), try host())
        let working = one.claim(of: CallNumber(1), tool: "edit")
        #expect(try working.attempt([file], queues: false) == nil)
        let waiter = other.claim(of: CallNumber(1), tool: "edit")
        #expect(try waiter.attempt([file], queues: true) != nil)
        #expect(try isFree(Lock(SmallTree.key("b"), .content, .exclusive), one))
        waiter.giveBack()
        working.giveBack()
    }

    @Test("two who queue for each other's things: one has its place in the queue, and both come to their end")
    func twoQueue() throws {
        let hosts = [try host(), try host(), try host()]
        let holder = hosts[2].claim(of: CallNumber(1), tool: "holder")
        #expect(try holder.attempt([whole], queues: false) == nil)
        let below = Lock(SmallTree.key("a"), .subtree, .exclusive)
        let waiters = [0, 1].map { hosts[$0].claim(of: CallNumber(2), tool: "waiter \($0)") }
        for waiter in waiters { #expect(try waiter.attempt([below, file], queues: true) != nil) }
        holder.giveBack()
        var ended = 0
        var rounds = 0
        while ended < 2, rounds < 10 {
            rounds += 1
            for waiter in waiters where try waiter.attempt([below, file], queues: true) == nil {
                waiter.giveBack()
                ended += 1
            }
        }
        #expect(rounds < 10)
    }

    @Test("what a call gives up early others may have")
    func narrow() throws {
        let (one, other) = (try host(), try host())
        let claim = one.claim(of: CallNumber(1), tool: "fork")
        let key = Lock(.named(kind: "k", "one"), .content, .exclusive)
        #expect(try claim.attempt([whole, file, key], queues: false) == nil)
        let elsewhere = Lock(SmallTree.key("b"), .content, .exclusive)
        #expect(try !isFree(elsewhere, other))
        claim.narrow(to: [file, key])
        #expect(try isFree(elsewhere, other) && !isFree(file, other) && !isFree(whole, other))
        claim.narrow(to: [key])
        #expect(try isFree(whole, other) && !isFree(key, other))
        claim.giveBack()
        #expect(try isFree(key, other))
    }

    @Test("a lock file that was replaced or removed is noticed, and the new one is used", arguments: [true, false])
    func replaced(isReplaced: Bool) throws {
        let said = Guarded([String]())
        let (one, other) = (try host { line in said.withLock { $0.append(line) } }, try host())
        #expect(try isFree(file, one) && isFree(file, other))
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        if isReplaced { #expect(FileManager.default.createFile(atPath: path, contents: nil)) }
        let claim = one.claim(of: CallNumber(1), tool: "a")
        #expect(try claim.attempt([file], queues: false) == nil)
        #expect(said.withLock { $0 }.count == 1)
        #expect(try !isFree(file, other))
        claim.giveBack()
        #expect(try isFree(file, other))
    }

    @Test("a link, a directory or a relative path is no lock file, and the mode is the user's alone")
    func refused() throws {
        try FileManager.default.createDirectory(atPath: directory + "/state", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: directory + "/elsewhere")
        #expect(throws: ProcessLockFailure.self) { try host() }
        #expect(throws: ProcessLockFailure.self) { try ProcessLocks(file: directory, places: places) }
        #expect(throws: ProcessLockFailure.self) { try ProcessLocks(file: "locks", places: places) }
        #expect(!FileManager.default.fileExists(atPath: directory + "/elsewhere"))
        try FileManager.default.removeItem(atPath: path)
        #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o644]))
        _ = try host()
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test(
        "the file of a host that is gone is removed by the next that starts, which knows it; that of one that lives is not"
    )
    func reaping() throws {
        let (one, other) = (try host(), try host())
        let hosts = path + ".hosts"
        let dead = hosts + "/4194304.1.5"
        #expect(FileManager.default.createFile(atPath: dead, contents: Data(count: 2_000)))
        let claim = one.claim(of: CallNumber(1), tool: "a")
        #expect(try claim.attempt([file], queues: false) == nil)
        #expect(try !isFree(file, other))
        #expect(FileManager.default.fileExists(atPath: dead))
        let (third, fourth) = (try host(), try host())
        #expect([one, other, third, fourth].map(\.followsHostThatIsGone) == [false, false, true, false])
        #expect(!FileManager.default.fileExists(atPath: dead))
        #expect(try FileManager.default.contentsOfDirectory(atPath: hosts).count == 4)
        claim.giveBack()
        for host in [one, other, third, fourth] { host.close() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: hosts).isEmpty)
    }

    @Test("what else lies among the files of hosts is in nobody's way")
    func foreignRecords() throws {
        let said = Guarded([String]())
        try host().close()
        let hosts = path + ".hosts"
        try FileManager.default.createDirectory(atPath: hosts + "/1.2.3", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: hosts + "/4194304.5.6", withDestinationPath: path)
        let (one, other) = (try host { line in said.withLock { $0.append(line) } }, try host())
        let claim = one.claim(of: CallNumber(1), tool: "holder")
        #expect(try claim.attempt([file], queues: false) == nil)
        let late = other.claim(of: CallNumber(2), tool: "late")
        #expect(try late.attempt([file], queues: false)?.holder?.tool == "holder")
        #expect(said.withLock { $0 }.isEmpty)
        claim.giveBack()
        late.giveBack()
    }

    @Test("a state directory that is removed is made anew")
    func removedDirectory() throws {
        let (one, other) = (try host(), try host())
        try FileManager.default.removeItem(atPath: directory + "/state")
        let claim = one.claim(of: CallNumber(1), tool: "a")
        #expect(try claim.attempt([file], queues: false) == nil)
        #expect(try !isFree(file, other))
        claim.giveBack()
        #expect(try isFree(file, other))
    }

    @Test("what turns out to be elsewhere is not confirmed, and the next attempt knows better")
    func confirm() throws {
        let host = try host()
        let claim = host.claim(of: CallNumber(1), tool: "a")
        let inside = Lock(SmallTree.key("a", "x", "q"), .content, .exclusive)
        let found = SmallTree.places(x: SmallTree.directory(5))
        #expect(try claim.attempt([inside], queues: false) == nil)
        #expect(!claim.confirm([inside], at: found))
        claim.giveBack()
        #expect(try claim.attempt([inside], queues: false) == nil)
        #expect(claim.confirm([inside], at: found))
        claim.giveBack()
        // Gone again, and another one in its place.
        for places in [places, SmallTree.places(x: SmallTree.directory(6))] {
            #expect(try claim.attempt([inside], queues: false) == nil)
            #expect(!claim.confirm([inside], at: places))
            claim.giveBack()
        }
        var moving = SmallTree.places(x: SmallTree.directory(6))
        #expect(try claim.attempt([inside], queues: false) == nil)
        #expect(claim.confirm([inside], at: moving))
        moving.isWhole = false
        #expect(!claim.confirm([inside], at: moving))
        claim.giveBack()
    }

    @Test("errors of the system are said, and leave nothing locked")
    func faults() throws {
        let other = try host()
        for failing in 1...6 {
            let count = Guarded(0)
            var kernel = Kernel()
            kernel.intercept = { call throws(SystemError) in
                guard call == .lockRange else { return }
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number == failing + 1 { throw .inputOutput }
            }
            let faulty = try ProcessLocks(file: path, places: places, kernel: kernel)
            let claim = faulty.claim(of: CallNumber(1), tool: "a")
            #expect(throws: ProcessLockFailure.self) { try claim.attempt([file], queues: false) }
            claim.giveBack()
            #expect(try isFree(whole, other), "call \(failing)")
        }
    }
}
