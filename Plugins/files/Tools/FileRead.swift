import FileEditing
import InterlockKit

struct FileRead: Tool {
    static let name = "file_read"
    static let title = "Read a file"
    static let description = """
        Reads a UTF-8 text file, exactly as it is: line ends too, but without a byte order mark. Without offset and limit, \
        up to \(defaultLines) lines from the first; a note in brackets at the end says if there is more and how to read on.
        """
    static let traits: Traits = [.readOnly, .idempotent, .reentrant]
    static let contract: Contract = [.reads("/path")]
    static let input: Schema = .object(
        [
            "path": .path("The file."),
            "offset": .integer("The first line to read, from 1 (the default).", min: 1),
            "limit": .integer("How many lines at most; \(defaultLines) by default.", min: 1, max: maximumLines),
            "line_numbers": .boolean("Puts each line's number before it (\"12: \"). Default: false."),
        ], optional: ["offset", "limit", "line_numbers"])

    static let defaultLines = 2000
    static let maximumLines = 100_000
    static let maximumBytes = 64 << 10
    /// How much is read at once.
    static let pieceBytes = 1 << 20
    /// Up to this size, a file that is not shown to its end is still read to it, to tell how many lines it has.
    static let countedBytes = 16 << 20
    /// How far into a file lines are looked for.
    static let maximumScannedBytes = 1 << 30

    struct Arguments: Decodable {
        var path: String
        var offset: Int?
        var limit: Int?
        var lineNumbers: Bool?

        enum CodingKeys: String, CodingKey {
            case path, offset, limit
            case lineNumbers = "line_numbers"
        }
    }

    func run(_ arguments: Arguments, _ call: Call) throws {
        var window = LineWindow(
            first: arguments.offset ?? 1, maximumLines: arguments.limit ?? Self.defaultLines,
            maximumBytes: Self.maximumBytes)
        let reachedEnd = try fill(&window, arguments.path, call)
        let count = reachedEnd ? window.seenLines : nil
        guard window.lineCount > 0 || window.first == 1 else {
            throw ToolError("\(arguments.path) has \(window.seenLines) lines; there is no line \(window.first)")
        }
        let text: String
        do {
            text = try window.text(numbered: arguments.lineNumbers ?? false)
        } catch {
            throw ToolError("\(arguments.path) \(error.reason)")
        }
        if !text.isEmpty { try call.emit(text) }
        if let note = window.note(lineCount: count) { try call.emit(text.last?.isNewline ?? true ? note : "\n" + note) }
    }

    /// Reads until the window is full, and a file of ordinary size to its end. Answers whether the end was reached.
    private func fill(_ window: inout LineWindow, _ path: String, _ call: Call) throws -> Bool {
        var position: UInt64 = 0
        var version: FileVersion?
        while true {
            try call.checkCancellation()
            let piece = try call.files.read(path, from: position, atMost: UInt64(Self.pieceBytes))
            guard version == nil || version == piece.status.version else {
                throw ToolError("\(path) was changed by somebody else while it was read; read it again")
            }
            version = piece.status.version
            window.feed(piece.bytes)
            position += UInt64(piece.bytes.count)
            if piece.bytes.count < Self.pieceBytes { return true }
            if window.isFull, piece.status.size > UInt64(Self.countedBytes) { return false }
            guard position < UInt64(Self.maximumScannedBytes) || window.isFull else {
                throw ToolError(
                    "\(path) is very large: the first \(Self.maximumScannedBytes >> 20) MiB have \(window.seenLines) "
                        + "lines, and reading goes no further")
            }
        }
    }
}
