import Calls
import System

/// Which directories treat several spellings as one name.
///
/// A directory that was found plain is remembered by its key: whoever turns case folding on for a directory, which must
/// be empty for that, starts the host again.
final class Folding: Sendable {
    static let maximumRemembered = 4096

    private enum Nature {
        case never, always
        /// The directory has an attribute that says so.
        case perDirectory
        /// A file system that we know nothing about (FUSE, 9p): try it.
        case unknown
    }

    private struct Memory {
        var natures: [UInt64: Nature] = [:]
        var plain: Set<Key> = []
    }

    private let memory = Guarded(Memory())
    private let kernel: Kernel

    init(_ kernel: Kernel) {
        self.kernel = kernel
    }

    /// Whether neither this directory nor one above it was found to fold.
    func isKnownPlain(_ key: Key) -> Bool {
        memory.withLock { $0.plain.contains(key) }
    }

    /// Whether the directory folds. One that cannot be examined counts as folding: coarse, and never wrong.
    func folds(_ key: Key, _ directory: Descriptor, _ status: EntryStatus) throws(SystemError) -> Bool {
        if isKnownPlain(key) { return false }
        let nature = try nature(of: directory, status)
        if nature == .always { return true }
        if nature != .never {
            let readable: Descriptor
            do {
                readable = try kernel.open(PathBytes.dot, in: directory, .readDirectory)
            } catch .denied {
                return true
            }
            if try nature == .perDirectory ? hasAttribute(readable) : probe(readable) { return true }
        }
        memory.withLock { memory in
            if memory.plain.count >= Self.maximumRemembered { memory.plain.removeAll(keepingCapacity: true) }
            memory.plain.insert(key)
        }
        return false
    }

    private func nature(of directory: Descriptor, _ status: EntryStatus) throws(SystemError) -> Nature {
        if let known = memory.withLock({ $0.natures[status.device] }) { return known }
        let nature = Self.natures[try kernel.fileSystem(of: directory)] ?? .unknown
        memory.withLock { $0.natures[status.device] = nature }
        return nature
    }

    private func hasAttribute(_ directory: Descriptor) throws(SystemError) -> Bool {
        do {
            return try kernel.foldsCase(directory)
        } catch .wrongControl {
            return false
        } catch .notSupported {
            return false
        }
    }

    /// Looks up a name that is there with the case of its letters changed. Nothing to try with: it may fold.
    private func probe(_ directory: Descriptor) throws(SystemError) -> Bool {
        var name: [UInt8]?
        try kernel.forEachName(in: directory) { entry in
            if entry.name.contains(where: { $0 != $0.otherCase }) { name = entry.name }
            return name == nil
        }
        guard let name else { return true }
        do {
            let other = try kernel.status(name.map(\.otherCase), in: directory)
            return try kernel.status(name, in: directory).isSameFile(as: other)
        } catch .notFound {
            return false
        }
    }

    /// By the magic numbers of statfs(2).
    private static let natures: [Int: Nature] = [
        0xEF53: .perDirectory,  // ext4
        0xF2F5_2010: .perDirectory,  // f2fs
        0x0102_1994: .perDirectory,  // tmpfs
        0x794C_7630: .perDirectory,  // overlayfs, which asks the file system below
        0xCA45_1A4E: .perDirectory,  // bcachefs
        0x9123_683E: .never,  // btrfs
        0x5846_5342: .never,  // xfs
        0x858458F6: .never,  // ramfs
        0x7371_7368: .never,  // squashfs
        0x9FA0: .never,  // proc
        0x4D44: .always,  // vfat
        0x2011_BAB0: .always,  // exfat
        0x5346_544E: .always,  // ntfs
        0x7366_746E: .always,  // ntfs3
        0x4244: .always,  // hfs
        0x482B: .always,  // hfs+
        0x517B: .always,  // smb
        0xFF53_4D42: .always,  // cifs
        0xFE53_4D42: .always,  // smb2
    ]
}

extension UInt8 {
    /// The ASCII letter with its case changed; anything else as it is.
    fileprivate var otherCase: UInt8 {
        switch self {
        case 0x41...0x5A, 0x61...0x7A: self ^ 0x20
        default: self
        }
    }

    /// The ASCII letter in lower case.
    var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
