import Foundation
import Interlock

/// A workspace of its own for one test, and a deployment of the bundled files plugin and of the gate. Removed with the
/// object.
final class Workplace: Sendable {
    struct BuildFailure: Error {
        var output: String
    }

    let path: String
    private let directory: String

    init(_ files: [String: String] = [:]) throws {
        directory = NSTemporaryDirectory() + "/interlock-embedding-\(UUID().uuidString)"
        path = directory + "/workspace"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
        try buildGate()
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            print("could not remove \(directory): \(error)")
        }
    }

    func deployment() throws -> Deployment {
        let files = try Deployment.Plugin.bundled().filter { $0.file.hasSuffix("/libfiles.so") }
        var deployment = Deployment(
            workspace: path,
            // The gate's calls meet in the memory of one process.
            plugins: files + [Deployment.Plugin(file: directory + "/gate.so", isolation: .inProcess)])
        deployment.durability = .none
        // However slow the machine is: nothing here is about time.
        deployment.limits.time = .seconds(3600)
        return deployment
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")), as: UTF8.self)
    }

    /// As a third party builds a plugin. Each test has its own, for a library has one state in a process.
    private func buildGate() throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let headers = tests.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/CInterlock/include")
        let compiler = Process()
        let output = Pipe()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments =
            ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", headers.path]
            + [tests.appendingPathComponent("Fixtures/gate.c").path, "-o", directory + "/gate.so"]
        compiler.standardError = output
        try compiler.run()
        let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else { throw BuildFailure(output: words) }
    }
}

extension Call {
    static func hold(_ key: String) -> Call { Call(id: "hold \(key)", tool: "hold", arguments: ["key": .string(key)]) }
    static func open(_ key: String) -> Call { Call(id: "open \(key)", tool: "open", arguments: ["key": .string(key)]) }
    static func read(_ path: String) -> Call {
        Call(id: "read \(path)", tool: "file_read", arguments: ["path": .string(path)])
    }
    static func insert(_ path: String, _ text: String) -> Call {
        Call(
            id: "insert \(path)", tool: "file_edit_insert",
            arguments: ["path": .string(path), "content": .string(text)])
    }
}

extension Event.Kind {
    var word: String {
        switch self {
        case .ingested: "ingested"
        case .narrowed: "narrowed"
        case .granted: "granted"
        case .blocked: "blocked"
        case .started: "started"
        case .progress: "progress"
        case .released: "released"
        case .ended: "ended"
        }
    }
}
