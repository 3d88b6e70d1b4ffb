import Glibc
import Messages

/// Where a turn is read from: a file, or standard input.
struct Input {
    let name: String
    private let descriptor: Int32

    private static let chunkSize = 64 << 10

    /// `-` and nil are standard input; nil only when it is not a terminal, where a forgotten argument would look like a
    /// program that hangs.
    static func open(_ file: String?) throws -> Input {
        guard let file, file != "-" else {
            guard file == "-" || !Standard.inputIsTerminal else {
                throw CommandFailure(
                    "there is no FILE, and standard input is a terminal",
                    help: "name a file, pipe the message in, or write - to type it")
            }
            return Input(name: "standard input", descriptor: STDIN_FILENO)
        }
        let descriptor = Glibc.open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(file) }
        return Input(name: file, descriptor: descriptor)
    }

    /// The next bytes as soon as there are any; nil at the end. Blocks its thread.
    func next() throws -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: Self.chunkSize)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, Standard.comesAgain(descriptor, for: POLLIN) { continue }
            guard count >= 0 else { throw Self.failure(name) }
            return count == 0 ? nil : Array(chunk[..<count])
        }
    }

    /// What stands before the first line feed, and all that was read with it; then whether that was the end.
    func firstLine() throws -> (line: [UInt8], read: [UInt8], isAtEnd: Bool) {
        var bytes: [UInt8] = []
        // What was looked at once is not looked at again: the line may be as long as a message.
        var start = 0
        while let chunk = try next() {
            var looked = bytes.count
            bytes += chunk
            if start == looked {
                start = bytes[start...].firstIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? bytes.count
                looked = start
            }
            if let end = bytes[looked...].firstIndex(of: 0x0A) { return (Array(bytes[start..<end]), bytes, false) }
            if bytes.count > MessageParser.maximumBytes { return (bytes, bytes, false) }
        }
        return (bytes, bytes, true)
    }

    /// The whole, or as much as shows that it is too large.
    func rest(after read: [UInt8]) throws -> [UInt8] {
        var bytes = read
        while bytes.count <= MessageParser.maximumBytes, let chunk = try next() { bytes += chunk }
        return bytes
    }

    private static func failure(_ name: String) -> CommandFailure {
        CommandFailure(
            "\(name) cannot be read: \(String(cString: strerror(errno)))",
            help: "name a file that exists and that you may read")
    }
}
