/// One entry in the lock table: what a claim comes down to once its path is known.
package struct Lock: Hashable, Sendable {
    package var key: Key
    package var facet: Facet
    package var mode: LockMode

    package init(_ key: Key, _ facet: Facet, _ mode: LockMode) {
        self.key = key
        self.facet = facet
        self.mode = mode
    }
}

/// The sides of a resource that can be locked apart.
package enum Facet: UInt8, Hashable, Sendable, CaseIterable {
    /// What this name denotes: whether there is an entry, and which.
    case binding
    /// What is in it. The only facet of a named key.
    case content
    /// The bindings of all its children together.
    case entries
    /// Everything below it: every child's binding, content, entries and subtree.
    case subtree
}

package enum LockMode: UInt8, Hashable, Sendable, CaseIterable {
    case shared, exclusive
    /// Makes a missing parent directory: harmless beside others that make the same one, exclusive to everybody else.
    case joint
}

/// Who can say whether a running call may touch something: its grant.
package protocol LockCoverage: Sendable {
    /// Whether the locks that the call holds now include `lock`, or one that is stronger or wider.
    func covers(_ lock: Lock) -> Bool
}
