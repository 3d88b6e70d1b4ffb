import Calls
import Locking

// What the scheduler says to people and models.

extension Outcome {
    static func refused(_ why: String) -> Outcome { Outcome(.refused, message: why) }

    static func refusedByPoison(of call: CallNumber) -> Outcome {
        refused(
            "call \(call) was abandoned while it held what this call needs, and may still be writing. "
                + "Restart the host to free it.")
    }

    static func refusedOutside(_ lock: String) -> Outcome {
        refused("a nested call may claim only what its parent holds: \(lock)")
    }

    static func cancelled(
        _ why: String, waitedFor obstacles: [Obstacle] = [], and blockade: Blockade? = nil, now: UInt64 = 0
    ) -> Outcome {
        let others =
            obstacles.map { "call \($0.call) (\($0.resource))" } + (blockade.map { [$0.words(now: now)] } ?? [])
        return Outcome(
            .cancelled, message: others.isEmpty ? why : "\(why); it waited for \(others.joined(separator: ", "))")
    }

    static func abandoned(_ stop: Plan.Stop, grace: UInt64) -> Outcome {
        let tail =
            "did not stop within \(grace.seconds) and was abandoned. It may still be writing: calls that conflict with it "
            + "are refused until the host is restarted."
        var outcome =
            switch stop {
            case .cancelled: Outcome(.interrupted, message: "the call was cancelled, \(tail)")
            case .timeIsUp: Outcome(.timedOut, message: "the call's time was up; it \(tail)")
            }
        // What is in a process of its own is killed instead.
        outcome.enforcement = .advisory
        return outcome
    }
}

extension Blockade {
    /// "process 4242, call file_write, since 3s (src/a.swift)".
    func words(now: UInt64) -> String {
        guard let holder else { return "another process (\(resource))" }
        return "\(holder), since \(holder.duration(now: now).seconds) (\(resource))"
    }
}

extension PathNames {
    func words(for lock: Lock) -> String {
        let name = words(for: lock.key)
        return switch lock.facet {
        case .binding: "the name \(name)"
        case .content: name
        case .entries: "the names in \(name)"
        case .subtree: lock.key == .paths ? "every file" : "everything below \(name)"
        }
    }

    /// Of what is no path: what tells it from others.
    func words(for key: Key) -> String {
        if key.isPath {
            let name = name(of: key)
            return name == "." ? "the workspace" : name
        }
        let parts = key.components.map { String(decoding: $0, as: UTF8.self) }
        switch parts.first {
        case "inode": return "a file with several names"
        case "aliases": return "files with several names"
        case "key": return parts.dropFirst().joined(separator: ":")
        // Of the host's own there are the policy's, and that of a tool or a plugin that is not re-entrant.
        case "host":
            let words = "the \(parts.dropFirst().joined(separator: " "))"
            return parts.dropFirst().first == "policy" ? words : "\(words), one call at a time"
        default: return parts.joined(separator: ":")
        }
    }
}

extension Footprint.Refusal {
    var words: String {
        let path = String(decoding: demand.path ?? [], as: UTF8.self)
        return switch problem {
        case .escapes: "\"\(path)\" leaves the workspace, and is in no other root; use a path inside"
        case .loop: "\"\(path)\" leads through more than \(PathWalk.maximumLinks) symbolic links"
        case .notDirectory: "\"\(path)\" uses a file as a directory"
        case .malformed(let why), .tooLong(let why): "\"\(path)\" is not a path: \(why)"
        case .unreadable(let why): "\"\(path)\" cannot be looked at: \(why)"
        case .forbidden(let why): "\"\(path)\" may not be changed: \(why)"
        }
    }
}

extension Reservations.Refusal {
    var words: String {
        switch self {
        case .noSuchPool(let pool):
            "there is no pool \"\(pool)\"; the operator sets its size under `pools:` in the configuration"
        case .nestedName(let kind): "a nested call cannot reserve a name of kind \"\(kind)\""
        case .tooMany(let pool, let units, let capacity):
            "\(units) units of pool \"\(pool)\" are more than it has (\(capacity))"
        case .held(let pool, let units, let capacity, let holders):
            "pool \"\(pool)\" has \(capacity) units, and \(holders.joined(separator: ", ")) hold so many that \(units) "
                + "cannot be had; end one of them first"
        }
    }
}

extension UInt64 {
    /// The time that is `duration` later; the end of time if there is none.
    func later(by duration: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(duration)
        return overflow ? .max : sum
    }

    /// Nanoseconds as a person writes them: "10m", "2.5s", "40ms".
    var seconds: String {
        switch self {
        case 60_000_000_000... where self % 60_000_000_000 == 0: "\(self / 60_000_000_000)m"
        case 1_000_000_000...:
            self % 1_000_000_000 == 0 ? "\(self / 1_000_000_000)s" : "\(Double(self / 100_000_000) / 10)s"
        default: "\(self / 1_000_000)ms"
        }
    }
}

extension Plan {
    /// What a call has or waits for, in words: "src/a.swift (exclusive)". Locks on names that stay as they are go without
    /// saying, and so do the second names of files.
    package func claims(of call: CallNumber) -> [String] {
        let locks = table.locks(of: call).filter { $0.key != .aliases }
        var held: [Key: KeyLocks] = [:]
        for lock in locks { held[lock.key, default: KeyLocks(key: lock.key)].add(lock) }
        return locks.flatMap { held.removeValue(forKey: $0.key)?.words(names) ?? [] } + reservedWords(of: call)
    }

    private func reservedWords(of call: CallNumber) -> [String] {
        (entries[call]?.submission.demands ?? []).compactMap { demand -> String? in
            switch demand.resource {
            case .units(let pool, let count, _): "\(count) of pool \(pool)"
            case .name(let kind, let wish):
                "a unique name of kind \(kind), \"\(demand.claim.flatMap { reservations.name(of: $0, of: call) } ?? wish)\""
            case .path, .key, .own: nil
            }
        }
    }

    package func isProvisional(_ call: CallNumber) -> Bool { entries[call]?.isProvisional ?? false }
}

/// The locks that one call has on one key.
private struct KeyLocks {
    var key: Key
    private var modes: [Facet: LockMode] = [:]

    init(key: Key) {
        self.key = key
    }

    mutating func add(_ lock: Lock) {
        if modes[lock.facet] != .exclusive { modes[lock.facet] = lock.mode }
    }

    /// What stands together in most contracts is said together.
    func words(_ names: PathNames) -> [String] {
        let name = names.words(for: key)
        if modes[.binding] == .exclusive, modes[.content] == .exclusive, modes[.subtree] == .exclusive {
            return ["the name \(name) and all that is there (exclusive)"]
        }
        if let mode = modes[.content], mode == modes[.subtree], modes[.binding] != .exclusive {
            return ["\(name) and everything below it (\(Mode(mode).rawValue))"]
        }
        return Facet.allCases.compactMap { facet in
            guard let mode = modes[facet], facet != .binding || mode == .exclusive else { return nil }
            return "\(names.words(for: Lock(key, facet, mode))) (\(Mode(mode).rawValue))"
        }
    }
}
