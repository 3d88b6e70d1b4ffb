import FileEditing
import InterlockKit

/// One edit of one text file: read, change and write within the one call, the write on condition that the file is still
/// what was read. Siblings are kept out by the claim; this is for editors that take none.
struct TextEdit {
    let path: String
    let call: Call

    /// What was done, as the structured result.
    struct Report: Encodable {
        var path: String
        var created = false
        var changed: Bool
        var replacements: Int?
        var addedLines: Int
        var removedLines: Int

        enum CodingKeys: String, CodingKey {
            case path, created, changed, replacements
            case addedLines = "added_lines"
            case removedLines = "removed_lines"
        }
    }

    static let report: Schema = .object(
        [
            "path": .string(),
            "created": .boolean("There was no file before."),
            "changed": .boolean(),
            "replacements": .integer(),
            "added_lines": .integer(),
            "removed_lines": .integer(),
        ], optional: ["replacements"])

    /// Changes a file that is there. `change` answers its new bytes, and how many replacements it made.
    func change(
        _ change: (TextDocument) throws(EditFailure) -> (bytes: [UInt8], replacements: Int?)
    ) throws {
        let content = try read()
        let result: (bytes: [UInt8], replacements: Int?)
        do {
            result = try change(document(content.bytes))
        } catch let failure as EditFailure {
            throw ToolError(failure, in: path)
        }
        if result.bytes != content.bytes { try write(result.bytes, .isVersion(content.status.version)) }
        try answer(from: content.bytes, to: result.bytes, result.replacements)
    }

    /// Makes the file; there must be none.
    func create(_ bytes: [UInt8], note: String? = nil) throws {
        do {
            try NotText.check(bytes)
        } catch {
            throw ToolError("the content \(error.reason)", concernsArguments: true)
        }
        try write(bytes, .isNew)
        try answer(from: nil, to: bytes, nil)
        if let note { try call.emit("[\(note)]\n") }
    }

    private func read() throws -> FileContent {
        let content = try call.files.read(path, atMost: UInt64(TextDocument.maximumBytes) + 1)
        guard content.bytes.count <= TextDocument.maximumBytes else {
            throw ToolError(
                "\(path) is larger than \(TextDocument.maximumBytes >> 20) MiB, the most that can be edited")
        }
        return content
    }

    private func document(_ bytes: [UInt8]) throws -> TextDocument {
        do {
            return try TextDocument(bytes)
        } catch {
            throw ToolError("\(path) \(error.reason); it was left as it is")
        }
    }

    private func write(_ bytes: [UInt8], _ condition: WriteCondition) throws {
        do {
            try call.files.write(path, bytes, condition)
        } catch {
            guard [.changed, .exists, .notFound].contains(error.code) else { throw error }
            throw ToolError("\(path) was changed by somebody else meanwhile; nothing was written, read it again")
        }
    }

    private func answer(from old: [UInt8]?, to new: [UInt8], _ replacements: Int?) throws {
        let diff = UnifiedDiff(path: path, from: old, to: new)
        let report = Report(
            path: path, created: old == nil, changed: old != new, replacements: replacements,
            addedLines: diff.addedLines, removedLines: diff.removedLines)
        try call.setResult(report)
        guard diff.text.isEmpty else { return try call.emit(diff.text) }
        try call.emit(old == nil ? "[\(path) was created, empty]\n" : "[nothing changed in \(path)]\n")
    }
}
