import Calls

/// Permission to run: all the call's claims are held. Only the lock table makes one, and nothing runs without.
package struct Grant: Sendable {
    package let call: CallNumber

    init(call: CallNumber) {
        self.call = call
    }
}

extension LockTable {
    /// The grant of a call that holds all its locks; nil if it does not.
    package func grant(_ call: CallNumber) -> Grant? {
        isReady(call) ? Grant(call: call) : nil
    }
}
