import Foundation

/// A temporary directory in which a test builds plugins, with the compilers that authors have. Removed with the object.
package final class Workshop: Sendable {
    package struct BuildFailure: Error {
        package var output: String
    }

    package static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().path
    package static let headers = repository + "/Sources/CInterlock/include"

    /// What the tests themselves are built with: plugins too, then, and by the compiler whose runtime that is.
    private static let sanitizer = ProcessInfo.processInfo.environment["INTERLOCK_SANITIZER"]

    /// Workers have no limit of memory then: a sanitizer keeps its books of all of it.
    package static var isSanitized: Bool { sanitizer != nil }

    private let temporary: TemporaryDirectory
    package var directory: String { temporary.path }

    package init(in parent: String = "/tmp") throws {
        temporary = try TemporaryDirectory(in: parent)
    }

    /// As a third party builds one: strictly, with the header alone. `sanitized`: where what a sanitizer adds would be seen.
    package func buildC(
        _ source: String, named name: String = "plugin.so", _ flags: [String] = [], sanitized: Bool = true
    ) throws -> String {
        let product = "\(directory)/\(name)"
        let sanitizer = sanitized ? Self.sanitizer : nil
        try run(
            (sanitizer.map { ["clang", "-fsanitize=\($0)"] } ?? ["cc"]) + [
                "-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden", "-I",
                Self.headers,
            ]
                + flags + [source, "-o", product])
        return product
    }

    package func buildSwift(_ source: String) throws -> String {
        let kit = Self.repository + "/Sources/InterlockKit"
        let sources = try FileManager.default.contentsOfDirectory(atPath: kit).map { "\(kit)/\($0)" }
        let common =
            ["swiftc", "-swift-version", "6", "-parse-as-library", "-I", Self.headers, "-emit-library"]
            // The runtime for data races keeps what Swift code calls of it to the executable.
            + (Self.sanitizer == "address" ? ["-sanitize=address"] : [])
        try run(
            common + [
                "-static", "-emit-module", "-module-name", "InterlockKit", "-o", "\(directory)/libInterlockKit.a",
            ]
                + sources)
        let product = "\(directory)/plugin.so"
        try run(common + ["-I", directory, "-L", directory, "-lInterlockKit", source, "-o", product])
        return product
    }

    package func write(_ bytes: some Sequence<UInt8>, named name: String) throws -> String {
        let file = "\(directory)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    @discardableResult
    package func run(_ command: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BuildFailure(output: output) }
        return output
    }
}
