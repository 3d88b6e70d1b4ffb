import System

/// Gives a new file the owner, extended attributes and mode of the one that it will replace.
struct MetadataCopy {
    /// What the kernel itself takes from a file when somebody writes to it, because it vouched for the old bytes.
    private static let vouchers = ["security.capability", "security.ima", "security.evm"].map { Array($0.utf8) }
    private static let accessControl = Array("system.posix_acl_access".utf8)
    private static let userPrefix = Array("user.".utf8)

    private let kernel: Kernel

    init(_ kernel: Kernel) {
        self.kernel = kernel
    }

    /// The mode comes last, because a change of owner clears bits of it. Returns what could not be kept, for the
    /// outcome.
    func copy(
        from original: Descriptor, _ status: EntryStatus, to file: Descriptor
    ) throws(SystemError) -> [String] {
        var (mode, notes) = try copyOwner(status, to: file)
        notes += try copyAttributes(from: original, to: file)
        mode &= 0o7777
        try kernel.changeMode(file, mode)
        return notes
    }

    /// Returns the mode that is safe with the owner that could be given.
    private func copyOwner(
        _ status: EntryStatus, to file: Descriptor
    ) throws(SystemError) -> (mode: UInt32, notes: [String]) {
        let own = try kernel.status(of: file)
        if own.owner == status.owner && own.group == status.group { return (status.mode, []) }
        let unchanged = UInt32.max
        do {
            try kernel.changeOwner(file, owner: status.owner, group: status.group)
            return (status.mode, [])
        } catch  where error == .notPermitted || error == .invalid {
            // Only the superuser gives files away; a group that one is in can be kept.
        }
        var mode = status.mode & 0o1777
        var notes: [String] = []
        if own.owner != status.owner { notes.append("its owner was user \(status.owner), now \(own.owner)") }
        do {
            try kernel.changeOwner(file, owner: unchanged, group: status.group)
        } catch  where error == .notPermitted || error == .invalid {
            // The other group may do no more than everybody.
            mode = mode & ~0o070 | (mode & 0o007) << 3 & mode & 0o070
            notes.append("its group was \(status.group), now \(own.group)")
        }
        return (mode, notes)
    }

    private func copyAttributes(from original: Descriptor, to file: Descriptor) throws(SystemError) -> [String] {
        let names: [[UInt8]]
        do {
            names = try kernel.attributes(of: original)
        } catch .notSupported {
            return []
        }
        var notes: [String] = []
        for name in names where !Self.vouchers.contains(name) {
            do {
                try kernel.setAttribute(name, try kernel.attribute(name, of: original), of: file)
            } catch  where mayBeRefused(name) && (error == .notPermitted || error == .notSupported || error == .denied)
            {
                notes.append("its attribute \(String(decoding: name, as: UTF8.self)) could not be kept")
            } catch .noAttribute {
                // Taken away meanwhile.
            }
        }
        if !names.contains(Self.accessControl) { try removeInheritedAccess(from: file) }
        return notes
    }

    /// Labels that belong to the system's own keeping; what users and access control lists say must be kept.
    private func mayBeRefused(_ name: [UInt8]) -> Bool {
        name != Self.accessControl && !name.starts(with: Self.userPrefix)
    }

    /// A directory's default list would give the new file what the old one did not have.
    private func removeInheritedAccess(from file: Descriptor) throws(SystemError) {
        do {
            try kernel.removeAttribute(Self.accessControl, of: file)
        } catch  where error == .noAttribute || error == .notSupported {
            // It has none.
        }
    }
}
