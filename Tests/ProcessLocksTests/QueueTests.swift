import Calls
import Foundation
import System
import Testing

@testable import ProcessLocks

/// Who stands in the queue, and for how long.
extension ProcessLocksTests {
    @Test("nobody begins to queue before one who has waited longer and needs the same")
    func age() throws {
        let hosts = [try host(), try host(), try host()]
        let other = Lock(SmallTree.key("b"), .content, .exclusive)
        let holders = [file, other].map { (hosts[0].claim(of: CallNumber($0 == file ? 1 : 2), tool: "holder"), $0) }
        for (holder, lock) in holders { #expect(try holder.attempt([lock], queues: false) == nil) }
        // Who queues for one file keeps one from queueing who needs them all.
        let small = hosts[1].claim(of: CallNumber(1), tool: "small")
        for queues in [false, true] { #expect(try small.attempt([file], queues: queues) != nil) }
        let large = hosts[2].claim(of: CallNumber(1), tool: "large")
        for queues in [false, true] { #expect(try large.attempt([whole], queues: queues) != nil) }
        let late = hosts[1].claim(of: CallNumber(2), tool: "late")
        for queues in [false, true, true] { #expect(try late.attempt([other], queues: queues) != nil) }
        // The next who queues for another file does not: so the large one's turn comes.
        holders[0].0.giveBack()
        #expect(try small.attempt([file], queues: true) == nil)
        small.giveBack()
        #expect(try large.attempt([whole], queues: true) != nil)
        let next = hosts[0].claim(of: CallNumber(3), tool: "next")
        #expect(try next.attempt([file], queues: false)?.holder?.tool == "large")
        next.giveBack()
        holders[1].0.giveBack()
        #expect(try late.attempt([other], queues: true)?.holder?.tool == "large")
        #expect(try large.attempt([whole], queues: true) == nil)
        large.giveBack()
        #expect(try late.attempt([other], queues: true) == nil)
        late.giveBack()
    }

    @Test("who stands in the queue and does not come keeps nobody out, but comes in when it tries again")
    func silence() throws {
        let hosts = [try host(), try host(), try host()]
        let holder = hosts[0].claim(of: CallNumber(1), tool: "holder")
        #expect(try holder.attempt([file], queues: false) == nil)
        let silent = hosts[1].claim(of: CallNumber(1), tool: "silent")
        for queues in [false, true] { #expect(try silent.attempt([file], queues: queues) != nil) }
        holder.giveBack()
        let late = hosts[2].claim(of: CallNumber(1), tool: "late")
        #expect(try late.attempt([file], queues: false)?.holder?.tool == "silent")
        Thread.sleep(forTimeInterval: Double(HolderRecord.longestSilence + 1) / 1e9)
        #expect(try late.attempt([file], queues: false) == nil)
        #expect(try silent.attempt([file], queues: true)?.holder?.tool == "late")
        late.giveBack()
        #expect(try !isFree(file, hosts[0]))
        #expect(try silent.attempt([file], queues: true) == nil)
        silent.giveBack()
    }

    @Test("who cannot stand for all that it needs stands for nothing", arguments: [false, true])
    func allOrNothingInTheQueue(isOtherWay: Bool) throws {
        let hosts = [try host(), try host(), try host()]
        let other = Lock(SmallTree.key("b"), .content, .exclusive)
        // Which of two comes first in the file does not matter then.
        let (free, contended) = isOtherWay ? (file, other) : (other, file)
        let holders = [free, contended].map { (hosts[0].claim(of: CallNumber($0 == file ? 1 : 2), tool: "holder"), $0) }
        for (holder, lock) in holders { #expect(try holder.attempt([lock], queues: false) == nil) }
        let both = hosts[2].claim(of: CallNumber(1), tool: "both")
        #expect(try both.attempt([free, contended], queues: false) != nil)
        let small = hosts[1].claim(of: CallNumber(1), tool: "small")
        for queues in [false, true] { #expect(try small.attempt([contended], queues: queues) != nil) }
        #expect(try both.attempt([free, contended], queues: true) != nil)
        holders[0].0.giveBack()
        #expect(try isFree(free, hosts[1]))
        for claim in [both, small, holders[1].0] { claim.giveBack() }
    }

    @Test("who has come in, or has given up, does not stand in the queue any more", arguments: [true, false])
    func leavesTheQueue(comesIn: Bool) throws {
        let hosts = [try host(), try host()]
        let holder = hosts[0].claim(of: CallNumber(1), tool: "holder")
        #expect(try holder.attempt([file], queues: false) == nil)
        let waiter = hosts[1].claim(of: CallNumber(1), tool: "waiter")
        for queues in [false, true] { #expect(try waiter.attempt([file], queues: queues) != nil) }
        #expect(try isSomebodyWaiting())
        holder.giveBack()
        if comesIn {
            #expect(try waiter.attempt([file], queues: true) == nil)
        } else {
            waiter.giveBack()
        }
        #expect(try !isSomebodyWaiting())
        waiter.giveBack()
    }

    private func isSomebodyWaiting() throws -> Bool {
        let kernel = Kernel()
        let file = try kernel.open(trusted: Array(path.utf8), .keep(mode: 0o600))
        return try kernel.rangeInTheWay(of: .from(Region.waiting), of: file, .exclusive) != nil
    }

    /// A call whose paths meant something else when it had its locks gives them back, and tries anew.
    @Test("who gives back what it had does not lose its place among those that wait")
    func keepsItsAge() throws {
        let hosts = [try host(), try host()]
        let holder = hosts[0].claim(of: CallNumber(1), tool: "holder")
        #expect(try holder.attempt([file], queues: false) == nil)
        let waiter = hosts[1].claim(of: CallNumber(1), tool: "waiter")
        let first = try #require(try waiter.attempt([file], queues: true))
        waiter.giveBack()
        #expect(try waiter.attempt([file], queues: true)?.since == first.since)
        waiter.giveBack()
        holder.giveBack()
    }

    /// A lock is made weaker in place: were it given back first, whoever tries all the time would get in between.
    @Test("what a call keeps it has all the while that it gives up the rest")
    func keepsWhileItNarrows() throws {
        let (one, other) = (try host(), try host())
        let state = Monitor((isHeld: false, isOver: false, hasEnded: false, stolen: 0))
        let whole = whole
        Thread.detachNewThread {
            let thief = other.claim(of: CallNumber(2), tool: "thief")
            while state.read({ !$0.isOver }) {
                guard (try? thief.attempt([whole], queues: false) == nil) ?? false else { continue }
                state.change { $0.stolen += $0.isHeld ? 1 : 0 }
                thief.giveBack()
            }
            state.updateAndWakeAll { $0.hasEnded = true }
        }
        let claim = one.claim(of: CallNumber(1), tool: "narrows")
        for _ in 0..<400 {
            while try claim.attempt([whole, file], queues: false) != nil {}
            state.change { $0.isHeld = true }
            claim.narrow(to: [file])
            state.change { $0.isHeld = false }
            claim.giveBack()
        }
        state.updateAndWakeAll { $0.isOver = true }
        #expect(state.wait { $0.hasEnded ? .done($0.stolen) : .wait(until: nil) } == 0)
    }

    @Test("there is a place to tell of it for each call that has something, however many have had something before")
    func slots() throws {
        let (one, other) = (try host(), try host())
        for number in 0...HolderRecords.mostSlots {
            let claim = one.claim(of: CallNumber(UInt64(number) + 10), tool: "earlier")
            #expect(try claim.attempt([file], queues: false) == nil)
            claim.giveBack()
        }
        let holder = one.claim(of: CallNumber(1), tool: "holder")
        #expect(try holder.attempt([file], queues: false) == nil)
        #expect(
            try other.claim(of: CallNumber(2), tool: "other").attempt([file], queues: false)?.holder?.tool == "holder")
        holder.giveBack()
    }
}
