import Glibc
import Testing

@Suite("Scripts")
struct ScriptTests {
    static let folder = "\(#filePath)".split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Scripts/"

    /// `INTERLOCK_UPDATE_TRACES` writes the traces anew instead of comparing them: then read what git says has changed.
    @Test(
        "lead to the traces that they show",
        arguments: [
            "scopes", "provisional", "links", "missing-parents", "release", "cancel-and-time", "poison",
            "pools-and-names", "limits", "nested", "two-turns", "other-processes",
        ])
    func script(name: String) throws {
        let path = Self.folder + name + ".txt"
        let script = Script(try read(path))
        let result = try script.run()
        if environment("INTERLOCK_UPDATE_TRACES") != nil {
            try write(result.text, to: path)
        } else {
            try #require(!script.blocks.isEmpty)
            for (wanted, found) in zip(script.blocks, result.blocks) {
                #expect(wanted.expected == found.expected, "\(name): \(wanted.commands)")
            }
        }
    }

    private func read(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"), "\(path) cannot be opened")
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        try #require(count < bytes.count)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"), "\(path) cannot be written")
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}
