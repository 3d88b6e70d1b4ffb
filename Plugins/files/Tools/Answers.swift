import FileEditing
import InterlockKit

extension Schema {
    /// A path that a call works on.
    static func path(_ description: String) -> Schema {
        .string(description + " Relative to the workspace, or absolute inside of it.", minLength: 1)
    }
}

extension Call {
    /// Lines, and behind them what is to be known about them, in brackets.
    func emit(lines: [String], notes: [String]) throws {
        if !lines.isEmpty { try emit(lines.joined(separator: "\n") + "\n") }
        if !notes.isEmpty { try emit(notes.map { "[\($0)]\n" }.joined()) }
    }
}

extension [String] {
    /// How many, and the first few.
    var briefly: String { "\(count) (\(prefix(3).joined(separator: ", "))\(count > 3 ? ", …" : ""))" }
}

extension TreeWalk.LeftOut {
    var unreadableNote: String? {
        unreadable.isEmpty ? nil : "directories that could not be read: \(unreadable.briefly)"
    }
}

extension ToolError {
    init(_ failure: EditFailure, in path: String) {
        self.init(
            "\(path): \(failure.message)", details: Details(reason: failure.kind.rawValue, lines: failure.lines),
            concernsArguments: failure.kind == .arguments)
    }

    private struct Details: Encodable, Sendable {
        var reason: String
        /// Where the text was found.
        var lines: [Int]
    }
}
