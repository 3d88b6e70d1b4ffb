import CLinux
import Glibc

/// What the system answered instead of doing something.
package struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An errno.
    package var number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    package static let notFound = SystemError(ENOENT)
    package static let exists = SystemError(EEXIST)
    package static let notDirectory = SystemError(ENOTDIR)
    package static let isDirectory = SystemError(EISDIR)
    package static let notEmpty = SystemError(ENOTEMPTY)
    package static let loop = SystemError(ELOOP)
    package static let denied = SystemError(EACCES)
    package static let notPermitted = SystemError(EPERM)
    package static let notSupported = SystemError(EOPNOTSUPP)
    package static let invalid = SystemError(EINVAL)
    package static let inputOutput = SystemError(EIO)
    package static let noSpace = SystemError(ENOSPC)
    package static let interrupted = SystemError(EINTR)
    package static let noAttribute = SystemError(ENODATA)
    package static let tooSmall = SystemError(ERANGE)
    package static let wouldBlock = SystemError(EWOULDBLOCK)
    package static let nameTooLong = SystemError(ENAMETOOLONG)
    package static let wrongControl = SystemError(ENOTTY)
    package static let busy = SystemError(EBUSY)
    package static let crossDevice = SystemError(EXDEV)
    package static let tooLarge = SystemError(EFBIG)
    package static let noProcess = SystemError(ESRCH)
    package static let timedOut = SystemError(ETIMEDOUT)
    /// What was there is something else by now.
    package static let stale = SystemError(ESTALE)

    /// Something is used up, or was exchanged, at this moment, which says nothing of what the system can do at others.
    package var isShortage: Bool { [EMFILE, ENFILE, ENOMEM, EAGAIN, ESTALE].contains(number) }

    /// "No space left on device".
    package var description: String {
        linux_error_text(number).map { String(cString: $0) } ?? "error \(number)"
    }
}
