import CLinux
import Glibc

extension Kernel {
    /// At most `maximum` bytes from `offset`: fewer only at the end of the file. Room for `maximum` bytes is reserved,
    /// and only used as far as there are bytes.
    package func read(_ file: Descriptor, from offset: UInt64, maximum: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: maximum) { buffer, filled in
            while filled < maximum {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                do throws(SystemError) {
                    let count = try readOnce(file, from: offset + UInt64(filled), into: rest)
                    if count == 0 { return }
                    filled += count
                } catch {
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private func readOnce(
        _ file: Descriptor, from offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        return try run(.read) {
            file.withNumber { linux_pread($0, start, min(buffer.count, longestTransfer), Int64(clamping: offset)) }
        }
    }

    /// All of a small file that the host or the system wrote, such as one in /proc.
    package func contents(ofTrusted path: String, maximum: Int = 1 << 20) throws(SystemError) -> [UInt8] {
        let bytes = try read(try open(trusted: Array(path.utf8), .read), from: 0, maximum: maximum)
        // Half a table would be worse than none.
        if bytes.count == maximum { throw .tooLarge }
        return bytes
    }

    /// All the bytes, from `offset`.
    package func write(_ bytes: [UInt8], to file: Descriptor, at offset: Int = 0) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let wanted = min(bytes.count - written, longestTransfer)
            let count = try run(.write) {
                bytes.withUnsafeBytes { buffer in
                    guard let first = buffer.baseAddress else { return 0 }
                    return file.withNumber { linux_pwrite($0, first + written, wanted, Int64(offset + written)) }
                }
            }
            // The system may take less than it was given, but nothing at all without an error would be for ever.
            if count == 0 { throw .inputOutput }
            written += count
        }
    }

    package func truncate(_ file: Descriptor, to size: Int) throws(SystemError) {
        try run(.truncate) { file.withNumber { linux_truncate($0, Int64(size)) } }
    }

    /// Makes sure of room for `size` bytes, where the file system can, before anything is overwritten.
    package func allocate(_ file: Descriptor, _ size: Int) throws(SystemError) {
        try run(.allocate) { file.withNumber { linux_allocate($0, Int64(size)) } }
    }

    package func synchronize(_ file: Descriptor) throws(SystemError) {
        try run(.synchronize) { file.withNumber { linux_sync($0) } }
    }

    /// Everything of the file system that the descriptor is in: for directories that may not be opened for reading.
    package func synchronizeFileSystem(of file: Descriptor) throws(SystemError) {
        try run(.synchronize) { file.withNumber { linux_sync_file_system($0) } }
    }

    /// Takes the file's lock for this descriptor; the kernel gives it back when the descriptor or the process ends.
    /// Throws `.wouldBlock` when somebody else has it.
    package func lock(_ file: Descriptor) throws(SystemError) {
        try run(.lock) { file.withNumber { linux_lock($0) } }
    }
}

// MARK: - Mode, owner, extended attributes

extension Kernel {
    package func changeMode(_ file: Descriptor, _ mode: UInt32) throws(SystemError) {
        try run(.changeMode) { file.withNumber { linux_change_mode($0, mode) } }
    }

    package func changeOwner(_ file: Descriptor, owner: UInt32, group: UInt32) throws(SystemError) {
        try run(.changeOwner) { file.withNumber { linux_change_owner($0, owner, group) } }
    }

    /// The names of a file's extended attributes, those of access control lists among them.
    package func attributes(of file: Descriptor) throws(SystemError) -> [[UInt8]] {
        let all = try grown(.listAttributes) { buffer, size in
            file.withNumber { linux_list_attributes($0, buffer?.assumingMemoryBound(to: CChar.self), size) }
        }
        return all.split(separator: 0).map(Array.init)
    }

    package func attribute(_ name: [UInt8], of file: Descriptor) throws(SystemError) -> [UInt8] {
        let name = name.map { CChar(bitPattern: $0) } + [0]
        return try grown(.getAttribute) { buffer, size in
            file.withNumber { linux_get_attribute($0, name, buffer, size) }
        }
    }

    package func setAttribute(_ name: [UInt8], _ value: [UInt8], of file: Descriptor) throws(SystemError) {
        let name = name.map { CChar(bitPattern: $0) } + [0]
        try run(.setAttribute) {
            value.withUnsafeBytes { value in
                file.withNumber { linux_set_attribute($0, name, value.baseAddress, value.count) }
            }
        }
    }

    package func removeAttribute(_ name: [UInt8], of file: Descriptor) throws(SystemError) {
        let name = name.map { CChar(bitPattern: $0) } + [0]
        try run(.removeAttribute) { file.withNumber { linux_remove_attribute($0, name) } }
    }

    /// A value whose size must be asked for first, and may have grown since.
    private func grown(
        _ call: SystemCall, _ body: (UnsafeMutableRawPointer?, Int) -> Int
    ) throws(SystemError) -> [UInt8] {
        while true {
            let size = try run(call) { body(nil, 0) }
            if size == 0 { return [] }
            var bytes = [UInt8](repeating: 0, count: size)
            do {
                let count = try run(call) { bytes.withUnsafeMutableBytes { body($0.baseAddress, size) } }
                bytes.removeLast(size - count)
                return bytes
            } catch .tooSmall {
                continue
            }
        }
    }
}

// MARK: - The host's own small files

extension Kernel {
    /// Puts a file in place, for this user alone, with the directories that it needs: whole or not at all.
    package func replace(trusted path: String, with bytes: [UInt8]) throws(SystemError) {
        var names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        guard path.hasPrefix("/"), let name = names.popLast() else { throw .invalid }
        var directory = try open(trusted: [UInt8(ascii: "/")], .directoryHandle)
        var place: [UInt8] = []
        for name in names {
            do {
                try makeDirectory(name, in: directory)
            } catch .exists {
                // Most of them do.
            }
            place += [UInt8(ascii: "/")] + name
            // Where links are followed: a user's directories may be anywhere.
            directory = try open(trusted: place, .directoryHandle)
        }
        // Two hosts may write the same file at the same time.
        let temporary = name + Array(".\(try ProcessIdentity.current(self).number).tmp".utf8)
        try? remove(temporary, in: directory, isDirectory: false)
        let file = try open(temporary, in: directory, .create(mode: 0o600))
        do {
            try write(bytes, to: file)
            try rename(temporary, in: directory, to: name, in: directory, replace: true)
        } catch {
            try? remove(temporary, in: directory, isDirectory: false)
            throw error
        }
    }
}
