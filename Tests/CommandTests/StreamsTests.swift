import Foundation
import StrictJSON
import TestSupport
import Testing

/// What may be wrong with the streams that the command was given.
@Suite(.timeLimit(.minutes(20))) struct StreamsTests {
    private static let calls = 200

    @Test(
        "a reader that is late at a pipe that does not block gets every answer, or every line of progress",
        arguments: [1, 2])
    func slowReader(stream: Int32) throws {
        let late = Pipe()
        try Self.makeNarrow(late.fileHandleForWriting)
        try withWorkspace(["a": "text"]) { workspace in
            let process = Self.process(workspace)
            let input = Pipe()
            process.standardInput = input
            process.standardOutput = stream == 1 ? late : FileHandle.nullDevice
            process.standardError = stream == 2 ? late : FileHandle.nullDevice
            try process.run()
            let call = #"{"tool": "file_read", "arguments": {"path": "a"}}"# + "\n"
            let last = #"{"tool": "file_write", "arguments": {"path": "made", "content": ""}}"# + "\n"
            try input.fileHandleForWriting.write(
                contentsOf: Data((String(repeating: call, count: Self.calls) + last).utf8))
            try input.fileHandleForWriting.close()
            while process.isRunning, !FileManager.default.fileExists(atPath: workspace + "/made") { usleep(10_000) }
            let text = String(decoding: late.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            let lines = text.split(separator: "\n").filter { $0.contains(stream == 1 ? "\"outcome\"" : ": succeeded") }
            #expect(lines.count == Self.calls + 1)
        }
    }

    @Test("a writer that is late at a pipe that does not block is waited for")
    func slowWriter() throws {
        try withWorkspace { workspace in
            let process = Self.process(workspace)
            let (input, output) = (Pipe(), Pipe())
            try Self.makeNarrow(input.fileHandleForReading)
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            for number in 1...3 {
                try input.fileHandleForWriting.write(contentsOf: Data((#"{"tool": "file_list"}"# + "\n").utf8))
                // It has read this, and reads on while there is nothing.
                let answer = output.fileHandleForReading.availableData.prefix { $0 != 0x0A }
                #expect(try JSONParser.parse(Array(answer))["line"] == JSON(integerLiteral: number))
            }
            try input.fileHandleForWriting.close()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
    }

    @Test("a stream that is closed stays one: nothing of the host's takes its place")
    func closed() throws {
        try withWorkspace(["a": "text"]) { workspace in
            for streams in [">&-", "<&- >&-", "<&- >&- 2>&-"] {
                let run = try Run(
                    ["call", "file_read", #"{"path": "a"}"#], workspace: workspace, streams: streams)
                #expect(run.status == 1, "\(streams)")
                if !streams.contains("2") {
                    #expect(
                        run.error.contains("standard output cannot be written: Bad file descriptor"),
                        "\(streams) \(run.error)")
                }
            }
            let run = try Run(["run"], workspace: workspace, streams: "<&-")
            #expect(run.status == 1 && run.error.contains("standard input cannot be read"), "\(run.error)")
            let silent = try Run(["call", "file_read", #"{"path": "a"}"#], workspace: workspace, streams: "<&- 2>&-")
            #expect(silent.status == 0 && silent.output == "text\n")
        }
    }

    private static func process(_ workspace: String) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Bundled.command)
        process.arguments = ["run", "--format", "jsonl", "--verbose", "--workspace", workspace]
        process.environment = ["HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": Run.state]
        return process
    }

    /// As few bytes as a pipe can hold, and nobody who uses this end waits.
    private static func makeNarrow(_ end: FileHandle) throws {
        let setPipeSize: Int32 = 1031  // F_SETPIPE_SZ
        try #require(fcntl(end.fileDescriptor, setPipeSize, 4096) == 4096)
        try #require(fcntl(end.fileDescriptor, F_SETFL, O_NONBLOCK) == 0)
    }
}
