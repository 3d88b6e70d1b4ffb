/// What comes of an attempt.
package enum AttemptAnswer: Sendable {
    /// The path, or the other one, leads into no root: nothing is decided.
    case elsewhere(path: Bool, other: Bool)
    /// It fails by itself, or needs nothing that is kept from it: the kernel does it.
    case goesOn
    /// It was done in the process's place.
    case done
    /// Opened for it. What it asked to be emptied is emptied when it has it.
    case opened(Descriptor)
    /// What may be mended: a handle.
    case found(Descriptor)
    case fails(SystemError)
    /// It is not within the call's claims.
    case refused
}
