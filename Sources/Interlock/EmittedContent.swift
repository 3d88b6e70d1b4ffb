import Calls

/// What a call has emitted, in order and bounded. Text that follows text is one piece with it.
struct EmittedContent {
    /// What a piece that is not text counts at least: answers wrap it, or say in words that it is left out.
    static let leastPiece = 256

    private let limit: Int
    private var used = 0
    private var pieces: [Outcome.Content] = []
    /// The last piece, as long as it is text: what comes is added in place.
    private var text = ""
    private(set) var leftOut = 0

    init(limit: Int) {
        self.limit = limit
    }

    var content: [Outcome.Content] { text.isEmpty ? pieces : pieces + [.text(text)] }

    /// What is too long is cut, at a character's boundary.
    mutating func add(_ more: String) {
        let room = limit - used
        guard more.utf8.count > room else {
            used += more.utf8.count
            text += more
            return
        }
        var kept = 0
        if room > 0, leftOut == 0 {
            var end = more.utf8.index(more.startIndex, offsetBy: room)
            while end.samePosition(in: more.unicodeScalars) == nil { more.utf8.formIndex(before: &end) }
            text += more[..<end]
            kept = more.utf8.distance(from: more.startIndex, to: end)
            used = limit
        }
        leftOut += more.utf8.count - kept
    }

    /// A picture that is cut is none: it is left out as a whole.
    mutating func add(mime: String, _ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        let cost = max(bytes.count, Self.leastPiece)
        guard cost <= limit - used else {
            leftOut += bytes.count
            return
        }
        used += cost
        if !text.isEmpty {
            pieces.append(.text(text))
            text = ""
        }
        pieces.append(.data(mime: mime, bytes))
    }
}
