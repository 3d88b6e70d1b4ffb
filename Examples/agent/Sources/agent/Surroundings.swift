import Dispatch
import Foundation

/// Works on a copy of a directory, so that the example can be run again.
nonisolated(nonsending) func withTemporaryCopy(
    of directory: String, _ body: (String) async throws -> Void
) async throws {
    let copy = FileManager.default.temporaryDirectory.path + "/interlock-agent-\(UUID().uuidString)"
    try FileManager.default.copyItem(atPath: directory, toPath: copy)
    defer {
        do {
            try FileManager.default.removeItem(atPath: copy)
        } catch {
            note("warning: \(copy) was not removed: \(error)")
        }
    }
    try await body(copy)
}

/// Every Ctrl-C, until it is stopped.
struct Interrupts {
    let stream: AsyncStream<Void>
    private let source = DispatchSource.makeSignalSource(signal: SIGINT)

    init() {
        let (stream, tell) = AsyncStream.makeStream(of: Void.self)
        self.stream = stream
        signal(SIGINT, SIG_IGN)
        source.setEventHandler { tell.yield() }
        source.resume()
    }

    func stop() { source.cancel() }
}

/// A line for people who watch.
func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}

func leave(_ status: Int32, _ line: String) -> Never {
    note(line)
    exit(status)
}
