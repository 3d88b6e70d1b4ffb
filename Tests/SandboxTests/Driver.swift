import Foundation

/// Runs `sandbox-driver` on plugins that it builds with the compilers that authors have. A temporary directory, removed
/// with the object.
final class Driver: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    private static let headers = repository + "/Sources/CInterlock/include"
    private static let fixtures = repository + "/Tests/SandboxTests/Fixtures"
    private static let executable =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        + "/sandbox-driver"

    /// Short: a socket's path has at most 107 bytes. Open to all: ordinary users work in it.
    private let directory: String
    /// Beside the scenes, because whoever loads a plugin may read its directory.
    private let plugins: String

    init() throws {
        directory = "/tmp/ilk-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        plugins = directory + "/plugins"
        try FileManager.default.createDirectory(atPath: plugins, withIntermediateDirectories: true)
        try open(to: 0o755, directory)
        try open(to: 0o777, plugins)
    }

    private func open(to mode: Int, _ directory: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: directory)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            print("could not remove \(directory): \(error)")
        }
    }

    // MARK: Plugins

    func buildMisbehaving() throws -> String {
        let source = Self.repository + "/Examples/misbehaving"
        let files = try FileManager.default.contentsOfDirectory(atPath: source).filter { $0.hasSuffix(".c") }
        return try buildC(files.map { "\(source)/\($0)" }, named: "misbehaving.so")
    }

    func buildFixture(_ name: String) throws -> String {
        try buildC(["\(Self.fixtures)/\(name).c"], named: "\(name).so")
    }

    private func buildC(_ sources: [String], named name: String) throws -> String {
        let product = "\(plugins)/\(name)"
        let flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-fPIC", "-fvisibility=hidden", "-shared"]
        try run(["cc"] + flags + ["-I", Self.headers] + sources + ["-o", product, "-lpthread"])
        return product
    }

    func buildSwiftFixture(_ name: String) throws -> String {
        let kit = Self.repository + "/Sources/InterlockKit"
        let sources = try FileManager.default.contentsOfDirectory(atPath: kit).map { "\(kit)/\($0)" }
        let common = ["swiftc", "-swift-version", "6", "-parse-as-library", "-I", Self.headers, "-emit-library"]
        let library = ["-static", "-emit-module", "-module-name", "InterlockKit", "-o", "\(plugins)/libInterlockKit.a"]
        try run(common + library + sources)
        let product = "\(plugins)/\(name).so"
        let linked = ["-I", plugins, "-L", plugins, "-lInterlockKit"]
        try run(common + linked + ["\(Self.fixtures)/\(name).swift", "-o", product])
        return product
    }

    /// Where Swift's runtime lies: a host that is written in Swift finds it among its own libraries.
    func swiftRuntime() throws -> String {
        let info = try run(["swiftc", "-print-target-info"])
        guard let json = try JSONSerialization.jsonObject(with: Data(info.utf8)) as? [String: Any],
            let paths = json["paths"] as? [String: Any],
            let first = (paths["runtimeLibraryPaths"] as? [String])?.first
        else { throw Failure(description: "swiftc does not say where its runtime is: \(info)") }
        return first
    }

    // MARK: Running

    /// One line for each tool of the plugin. `under`: the command that starts the driver; none = we do.
    func outcomes(
        _ plugin: String, _ setting: Setting, _ options: [String] = [], under: [String] = []
    ) throws -> [AttemptOutcome] {
        let scenes = "\(directory)/\(UInt16.random(in: 0...UInt16.max))"
        try FileManager.default.createDirectory(atPath: scenes, withIntermediateDirectories: true)
        try open(to: 0o777, scenes)
        let lines = try run(under + [Self.executable, plugin, scenes] + setting.options + options)
        return try lines.split(separator: "\n").map(AttemptOutcome.init(line:))
    }

    /// What comes of hearing where nobody speaks.
    func hearings() throws -> [Substring] {
        try run([Self.executable, "none", "none", "--hear"]).split(separator: "\n")
    }

    /// What is mounted of what somebody has put in the place of what was made, in a directory.
    func mounts(in directory: String) throws -> [Substring] {
        try run([Self.executable, "none", directory, "--mount"]).split(separator: "\n")
    }

    /// Whether a command ends well.
    static func isDone(_ command: [String]) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @discardableResult
    private func run(_ command: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        let complaints = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data().write(to: complaints)
        defer { try? FileManager.default.removeItem(at: complaints) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: complaints)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let words = try String(contentsOf: complaints, encoding: .utf8)
            throw Failure(description: "\(command.prefix(2)): status \(process.terminationStatus): \(words)\(text)")
        }
        return text
    }
}
