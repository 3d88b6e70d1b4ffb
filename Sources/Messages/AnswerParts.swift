import Calls
import StrictJSON

/// What the model is told of an outcome, before a format wraps it. Holds no times, so that identical runs give
/// identical text.
package struct AnswerParts {
    /// In order; none is empty.
    private(set) var pieces: [Outcome.Content]

    init(_ outcome: Outcome) {
        pieces = outcome.content.map(\.shownAsText).filter { $0 != .text("") }
        let hasText = pieces.contains { if case .text = $0 { true } else { false } }
        if let structured = outcome.structured, !hasText {
            pieces.insert(.text(structured.text), at: 0)
        }
        if outcome.kind != .succeeded { pieces.insert(.text(Self.verdict(of: outcome)), at: 0) }
    }

    /// Why a call did not succeed, and whether it ran. A plain failure is the tool's own words; the others say their
    /// kind first, in words that never change.
    package static func verdict(of outcome: Outcome) -> String {
        let lines = outcome.message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        let first = lines.first.map(String.init) ?? ""
        let rest = lines.count > 1 ? "\n" + lines[1] : ""
        func told(_ kind: String, _ ran: String) -> String {
            (first.isEmpty ? "\(kind) (\(ran))" : "\(kind): \(first) (\(ran))") + rest
        }
        return switch outcome.kind {
        case .succeeded: outcome.message
        case .failed: outcome.message.isEmpty ? "failed, without saying why" : outcome.message
        case .refused: told("refused", "it did not run")
        case .cancelled: told("cancelled", "it did not run")
        case .interrupted: told("interrupted", "effects unknown")
        case .timedOut: told("timed out", "effects unknown")
        case .crashed: told("crashed", "effects unknown")
        case .violated: told("violated", "effects unknown")
        }
    }

    /// All in one text. Pieces stand on lines of their own; of what is not text it says that `carrier` cannot hold it.
    func text(carrier: String) -> String {
        pieces.reduce(into: "") { text, piece in
            if !text.isEmpty, text.utf8.last != UInt8(ascii: "\n") { text += "\n" }
            text += piece.words(carrier: carrier)
        }
    }

    func hasData(_ isCarried: (String) -> Bool) -> Bool {
        pieces.contains { if case .data(let mime, _) = $0 { isCarried(mime) } else { false } }
    }

    /// Takes out the pieces that a format carries beside the text.
    mutating func removeData(_ isCarried: (String) -> Bool) -> [(mime: String, bytes: [UInt8])] {
        var taken: [(mime: String, bytes: [UInt8])] = []
        pieces.removeAll { piece in
            guard case .data(let mime, let bytes) = piece, isCarried(mime) else { return false }
            taken.append((mime, bytes))
            return true
        }
        return taken
    }
}

extension Outcome {
    /// All that a model would be told of it, as one text: what the tool said, and why the call did not succeed.
    public var text: String { AnswerParts(self).text(carrier: "a text") }
}

extension Outcome.Content {
    /// Text of another type than text/plain is text to a model. Of other types the parameters go.
    var shownAsText: Outcome.Content {
        guard case .data(let mime, let bytes) = self else { return self }
        let type = String(mime.prefix { $0 != ";" }).lowercased()
        guard type.hasPrefix("text/") || type == "application/json" || type.hasSuffix("+json"),
            let text = String(validating: bytes, as: UTF8.self)
        else { return .data(mime: type, bytes) }
        return .text(text)
    }

    /// The text, or what stands for a piece that `carrier` cannot hold.
    func words(carrier: String) -> String {
        switch self {
        case .text(let text): text
        case .data(let mime, let bytes): "[left out: \(mime), \(bytes.count) bytes; \(carrier) cannot carry it]"
        }
    }
}
