import Calls

/// Who stands at one facet of one key, in the order of ingest: a list for each mode.
///
/// A request is *clear* when no earlier request of an excluding mode is still here. In each list the clear requests are a
/// prefix, because what excludes one excludes all behind it; so a list needs one mark, and a departure costs only what it
/// lets through.
struct LockQueue {
    struct List {
        var first = ID.absent
        var last = ID.absent
        /// The first that is not clear.
        var firstWaiting = ID.absent
    }

    var node: ID
    var facet: Facet
    var lists: InlineArray<5, List> = .init(repeating: List())
    var count = 0
    /// How many requests here have each ``BindingEffect``.
    var effects: InlineArray<4, Int> = .init(repeating: 0)

    subscript(mode: QueueMode) -> List {
        get { lists[Int(mode.rawValue)] }
        set { lists[Int(mode.rawValue)] = newValue }
    }
}

/// One call's place in one queue.
struct QueuedRequest {
    // The widest first: there are several for each call that waits.
    var number: CallNumber
    var entry: ID
    var queue: ID
    /// As in ``LockRequest``; -1 = held until the end.
    var releasable: Int32
    var previous = ID.absent
    var next = ID.absent
    /// The call's next request, in any queue.
    var nextOfCall = ID.absent
    var mode: QueueMode
    var effect: BindingEffect
    var isClear = false
}
