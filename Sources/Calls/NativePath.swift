/// A file or directory that a call's own code may reach without asking the host: what its locks come down to for the kernel.
package struct NativePath: Sendable, Equatable {
    /// The bits are those of SANDBOX_READ and its like in sandbox.h.
    package struct Access: OptionSet, Sendable, Hashable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Contents; of a directory: of every file below it.
        package static let read = Access(rawValue: 1)
        /// The names in a directory and in every directory below it.
        package static let list = Access(rawValue: 2)
        /// Contents that are there, in place.
        package static let overwrite = Access(rawValue: 4)
        /// Making, removing and moving whatever is below.
        package static let change = Access(rawValue: 8)
        package static let execute = Access(rawValue: 16)

        package static let readBelow: Access = [.read, .list]
        package static let writeBelow: Access = [.read, .list, .overwrite, .change]
    }

    /// Absolute, without any link.
    package var path: [UInt8]
    /// Which file it is: another one may have the name by the time that it is opened.
    package var device: UInt64
    package var inode: UInt64
    package var access: Access

    package init(path: [UInt8], device: UInt64, inode: UInt64, access: Access) {
        self.path = path
        self.device = device
        self.inode = inode
        self.access = access
    }
}

/// What the kernel refused to a call's code, in words.
package struct DeniedAttempt: Sendable, Equatable {
    /// "write", "run a program".
    package var operation: String
    /// A path, most often.
    package var object: String
    /// Whether it was the plugin itself, and not a program that it runs.
    package var isPlugins: Bool

    package init(_ operation: String, _ object: String, isPlugins: Bool) {
        self.operation = operation
        self.object = object
        self.isPlugins = isPlugins
    }
}
