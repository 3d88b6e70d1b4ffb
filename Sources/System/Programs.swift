import Glibc

/// What a command prints on the first line of its standard output, by the shell; nil if it fails, or prints nothing. For
/// commands that the host itself knows, never for text from elsewhere.
package func firstLine(ofRunning command: StaticString) -> String? {
    guard let stream = popen("\(command) 2>/dev/null </dev/null", "re") else { return nil }
    var bytes: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    guard pclose(stream) == 0, let line = bytes.split(separator: UInt8(ascii: "\n")).first else { return nil }
    return String(decoding: line, as: UTF8.self)
}
