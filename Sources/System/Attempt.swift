/// What code in a worker wants of the system: told before it happens, while its thread waits.
package struct Attempt: Sendable {
    /// The thread, as this process numbers it.
    package var thread: Int32
    /// "write", "run a program".
    package var operation: String
    /// What it was about: a path, the family of a socket. Bytes that are not UTF-8 are shown as replacement characters.
    package var object: String
    /// Nil if it is about something else.
    package var file: FileAttempt?
    /// What would have to be granted for it; nil if there is no such grant.
    package var grant: Grant?

    package enum Grant: Sendable {
        case programs, network
    }
}
