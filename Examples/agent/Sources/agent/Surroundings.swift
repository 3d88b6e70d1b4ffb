import Dispatch
import Foundation

/// A copy of a directory to work in, so that the example can be run again.
struct TemporaryCopy {
    let path = FileManager.default.temporaryDirectory.path + "/interlock-agent-\(UUID().uuidString)"

    init(of directory: String) throws {
        try FileManager.default.copyItem(atPath: directory, toPath: path)
    }

    func remove() {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            note("warning: \(path) was not removed: \(error)")
        }
    }
}

/// Calls a closure at Ctrl-C, as long as it is not stopped.
struct Interrupts {
    private let source = DispatchSource.makeSignalSource(signal: SIGINT)

    init(_ body: @escaping @Sendable () -> Void) {
        signal(SIGINT, SIG_IGN)
        source.setEventHandler(handler: body)
        source.resume()
    }

    func stop() { source.cancel() }
}

/// A line for people who watch.
func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}

func fail(_ line: String) -> Never {
    note(line)
    exit(64)
}
