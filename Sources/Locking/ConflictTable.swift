import Calls

/// How a call stands in one queue of the table: the modes of ``LockMode``, and the intents that a lock leaves on
/// everything above it, so that two locks meet in a queue whenever their scopes overlap.
enum QueueMode: UInt8, CaseIterable {
    case shared, exclusive, joint
    /// Somebody has a shared lock further down.
    case intentShared
    /// Somebody has an exclusive or joint lock further down.
    case intentExclusive

    init(_ mode: LockMode) {
        self =
            switch mode {
            case .shared: .shared
            case .exclusive: .exclusive
            case .joint: .joint
            }
    }

    /// What a lock of this mode leaves on its ancestors.
    static func intent(of mode: LockMode) -> QueueMode {
        mode == .shared ? .intentShared : .intentExclusive
    }

    /// The only place that says which locks exclude each other.
    ///
    ///                      shared  exclusive  joint  int.shared  int.exclusive
    static let table: [[Bool]] = [
        /* shared        */ [false, true, true, false, true],
        /* exclusive     */ [true, true, true, true, true],
        /* joint         */ [true, true, false, true, true],
        /* int.shared    */ [false, true, true, false, false],
        /* int.exclusive */ [true, true, true, false, false],
    ]

    /// The modes that exclude this one.
    private static let excluding: [QueueModes] = allCases.map { mode in
        QueueModes(allCases.filter { table[Int(mode.rawValue)][Int($0.rawValue)] })
    }

    var excluding: QueueModes { Self.excluding[Int(rawValue)] }
}

/// A few modes, in a byte: the table asks for them many times for each lock.
struct QueueModes: Sequence, IteratorProtocol {
    private var bits: UInt8 = 0

    init(_ modes: [QueueMode] = []) {
        for mode in modes { insert(mode) }
    }

    mutating func insert(_ mode: QueueMode) { bits |= 1 << mode.rawValue }

    func contains(_ mode: QueueMode) -> Bool { bits >> mode.rawValue & 1 == 1 }

    /// Whether a call that stands somewhere in these modes would gain nothing by standing there in `intent` too. One that has
    /// something exclusive further down excludes, and is excluded by, all that one with something shared there is.
    func include(_ intent: QueueMode) -> Bool {
        contains(intent) || intent == .intentShared && contains(.intentExclusive)
    }

    mutating func next() -> QueueMode? {
        guard bits != 0 else { return nil }
        defer { bits &= bits - 1 }
        return QueueMode(rawValue: UInt8(bits.trailingZeroBitCount))
    }
}

/// What an exclusive lock may do to what a path below it, or at it, means to calls that come later.
package enum BindingEffect: UInt8, Sendable, Comparable {
    /// Nothing, or nothing but directories where none were: every path keeps its meaning.
    case none
    /// A regular file may appear, and nothing else.
    case file
    /// The regular file that is there may go.
    case absence
    /// Anything may appear, links and directories too, here or below.
    case anything

    package static func < (a: BindingEffect, b: BindingEffect) -> Bool { a.rawValue < b.rawValue }
}

/// A lock with what the table must know besides.
package struct LockRequest: Sendable, Hashable {
    package var lock: Lock
    package var effect: BindingEffect
    /// The claim that can be released early and would give this lock back; nil = held until the end.
    package var releasable: Int?

    package init(_ lock: Lock, effect: BindingEffect = .none, releasable: Int? = nil) {
        self.lock = lock
        self.effect = effect
        self.releasable = releasable
    }
}
