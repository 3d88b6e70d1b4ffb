import Calls
import Foundation
import Guards
import System
import TestSupport

@testable import IsolationTests
@testable import ProcessLocks
@testable import ProcessLocksTests

#if DEBUG

    // What hosts that share a lock file do. As far as the kernel knows they are several, for each has openings of its own.

    extension Scenario {
        /// A lock file, and two hosts.
        private final class Hosts {
            static let file = Lock(SmallTree.key("a", "f"), .content, .exclusive)
            static let whole = Lock(SmallTree.key(), .subtree, .exclusive)

            private let temporary: TemporaryDirectory
            var directory: String { temporary.path }
            var path: String { directory + "/locks" }
            private let guards: RaceGuards

            init(_ guards: RaceGuards) throws {
                self.guards = guards
                temporary = try TemporaryDirectory()
            }

            func make(_ places: Places = SmallTree.places(x: nil)) throws -> ProcessLocks {
                var kernel = Kernel()
                kernel.guards = guards
                return try ProcessLocks(file: path, places: places, kernel: kernel)
            }
        }

        @Sendable static func hostIsGone(_ guards: RaceGuards) throws -> String? {
            try KeptLockTests.hostIsGone(guards)
        }

        @Sendable static func twoHosts(_ guards: RaceGuards) throws -> String? {
            let hosts = try Hosts(guards)
            let claims = try [hosts.make(), hosts.make()].map { $0.claim(of: CallNumber(1), tool: "write") }
            let held = try claims.filter { try $0.attempt([Hosts.file], queues: false) == nil }
            return held.count == 1 ? nil : "\(held.count) hosts have one file"
        }

        @Sendable static func directoryIsAnother(_ guards: RaceGuards) throws -> String? {
            let hosts = try Hosts(guards)
            let inside = Lock(SmallTree.key("a", "x", "q"), .content, .exclusive)
            let now = SmallTree.places(x: SmallTree.directory(6))
            // The directory that one of them knows is gone, and has a successor of its name.
            let claims = try [hosts.make(SmallTree.places(x: SmallTree.directory(5))), hosts.make(now)].map {
                $0.claim(of: CallNumber(1), tool: "write")
            }
            let held = try claims.filter {
                try $0.attempt([inside], queues: false) == nil && $0.confirm([inside], at: now)
            }
            return held.count == 1 ? nil : "\(held.count) hosts have one file"
        }

        @Sendable static func newcomer(_ guards: RaceGuards) throws -> String? {
            let hosts = try Hosts(guards)
            let (one, other) = (try hosts.make(), try hosts.make())
            let elsewhere = Lock(SmallTree.key("b"), .content, .exclusive)
            let (holder, waiter) = (
                one.claim(of: CallNumber(1), tool: "edit"), other.claim(of: CallNumber(1), tool: "search")
            )
            guard try holder.attempt([elsewhere], queues: false) == nil,
                try waiter.attempt([Hosts.whole], queues: true) != nil
            else { return "there is nobody who waits" }
            let newcomer = one.claim(of: CallNumber(2), tool: "edit")
            return try newcomer.attempt([Hosts.file], queues: false) == nil ? "who came last came in first" : nil
        }

        /// One queues for a file, one waits for everything, and one more wants to queue for another file.
        @Sendable static func queueIsKept(_ guards: RaceGuards) throws -> String? {
            let hosts = try Hosts(guards)
            let (one, other) = (try hosts.make(), try hosts.make())
            let elsewhere = Lock(SmallTree.key("b"), .content, .exclusive)
            let wishes = [(one, Hosts.file), (other, Hosts.whole), (one, elsewhere)]
            let holder = one.claim(of: CallNumber(1), tool: "edit")
            guard try holder.attempt([Hosts.file, elsewhere], queues: false) == nil else {
                return "nobody holds anything"
            }
            let waiters = wishes.enumerated().map { $1.0.claim(of: CallNumber(UInt64(2 + $0)), tool: "waiter") }
            for (waiter, wish) in zip(waiters, wishes) {
                for queues in [false, true] where try waiter.attempt([wish.1], queues: queues) == nil {
                    return "nobody is stopped"
                }
            }
            waiters[0].giveBack()
            guard try waiters[1].attempt([Hosts.whole], queues: true) != nil else { return "nobody is stopped" }
            // In the queue now, if nobody else is.
            let newcomer = other.claim(of: CallNumber(9), tool: "edit")
            let obstacle = try newcomer.attempt([Lock(SmallTree.key("a", "y"), .content, .exclusive)], queues: false)
            return obstacle == nil ? "who came last has the queue" : nil
        }

        @Sendable static func lockFileIsReplaced(_ guards: RaceGuards) throws -> String? {
            let hosts = try Hosts(guards)
            let one = try hosts.make()
            try FileManager.default.removeItem(atPath: hosts.path)
            let other = try hosts.make()
            let claims = [one, other].map { $0.claim(of: CallNumber(1), tool: "write") }
            let held = try claims.filter { try $0.attempt([Hosts.file], queues: false) == nil }
            return held.count == 1 ? nil : "\(held.count) hosts have one file"
        }

        /// A program is run while a file is locked, and has what it takes to keep the lock.
        @Sendable static func childKeepsLock(_ guards: RaceGuards) throws -> String? {
            let hosts = try Hosts(guards)
            var kernel = Kernel()
            kernel.guards = guards
            let path = hosts.directory + "/f"
            let file = try kernel.open(trusted: Array(path.utf8), .keep(mode: 0o600))
            guard let child = withExtendedLifetime(file, startSleeping) else { return "no program can be started" }
            let hasIt = openFiles(of: child).contains(path)
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
            return hasIt ? "a program that was started meanwhile has the file" : nil
        }

        private static func openFiles(of process: pid_t) -> [String] {
            let directory = "/proc/\(process)/fd/"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: directory + $0) }
        }

        /// A program that inherits what it can.
        private static func startSleeping() -> pid_t? {
            var child = pid_t()
            let words: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
            let failure = posix_spawnp(&child, "sleep", nil, nil, words, environ)
            words.forEach { free($0) }
            return failure == 0 ? child : nil
        }
    }

#endif
