import Foundation
import TestSupport

/// The command beside the test executable, run as its users run it.
struct Run {
    var status: Int32
    var output: String
    var error: String

    /// - Parameters:
    ///   - withoutLandlock: As on a kernel that has none.
    ///   - limit: As a shell sets one: "-n 100".
    ///   - streams: As a shell redirects them: ">&-".
    ///   - environment: Besides what each run has.
    init(
        _ arguments: [String], input: String? = nil, workspace: String? = nil, home: String = "/nonexistent",
        withoutLandlock: Bool = false, limit: String? = nil, streams: String = "",
        environment: [String: String] = [:]
    ) throws {
        let process = Process()
        let command =
            (withoutLandlock ? [Bundled.product("sandbox-driver"), "none", "none", "--landlock", "0", "--exec"] : [])
            + ["/bin/bash", "-c", "\(limit.map { "ulimit \($0); " } ?? "")exec \"$@\" \(streams)", "bash"]
            + [Bundled.command] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = [
            "HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "XDG_STATE_HOME": Self.state,
            "XDG_CACHE_HOME": Self.state,
        ].merging(environment) { $1 }
        // What it was built with is told how to behave, where the tests are run with a sanitizer.
        for name in ["ASAN_OPTIONS", "TSAN_OPTIONS"] {
            process.environment?[name] = ProcessInfo.processInfo.environment[name]
        }
        if let workspace { process.currentDirectoryURL = URL(fileURLWithPath: workspace) }
        let (standardInput, standardOutput, standardError) = (Pipe(), Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = standardError
        try process.run()
        standardInput.fileHandleForWriting.write(Data((input ?? "").utf8))
        try standardInput.fileHandleForWriting.close()
        output = String(decoding: standardOutput.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        error = String(decoding: standardError.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
    }

    /// One for all runs of a test process, as a user has one.
    static let state = NSTemporaryDirectory() + "interlock-state-\(getpid())"
}

func withWorkspace(_ files: [String: String] = [:], _ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "interlock-command-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
    try body(path)
}
