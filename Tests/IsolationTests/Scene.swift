import Foundation
import StrictJSON
import TestSupport

/// What the attempts of Examples/misbehaving reach for: files, and sockets on which somebody listens. Kept by a
/// `sandbox-driver`, which also sees whether anything in it has changed.
final class Scene {
    struct Attempt {
        var tool: String
        /// What the host is to be told; empty = it may be stopped without a word.
        var told: String
    }

    struct Failure: Error {
        var words: String
    }

    let plugin: String
    let attempts: [Attempt]
    let arguments: JSON
    var workspace: String { arguments.object?["workspace"]?.string ?? "" }

    private let temporary: TemporaryDirectory
    var directory: String { temporary.path }
    private let driver = Process()
    private let input = Pipe()
    private let output: FileHandle

    /// - Parameters:
    ///   - parent: Where it is: what lies in /tmp calls do not see where they have one of their own.
    ///   - user: Whose files they are; nil = ours.
    ///   - sources: Of the plugin; nil = Examples/misbehaving.
    init(in parent: String = "/tmp", user: Int? = nil, of sources: [String]? = nil) throws {
        temporary = try TemporaryDirectory(in: parent)
        let directory = temporary.path
        try FileManager.default.createDirectory(atPath: directory + "/plugins", withIntermediateDirectories: true)
        for name in ["", "/plugins"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory + name)
        }
        plugin = directory + "/plugins/plugin.so"
        try Self.build(sources ?? Self.misbehaving(), plugin)
        let pipe = Pipe()
        output = pipe.fileHandleForReading
        driver.executableURL = URL(fileURLWithPath: Bundled.product("sandbox-driver"))
        driver.arguments = [plugin, directory, "--hold"] + (user.map { ["--user", "\($0)"] } ?? [])
        driver.standardInput = input
        driver.standardOutput = pipe
        try driver.run()
        var attempts: [Attempt] = []
        while true {
            let fields = try Self.line(output).split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3 else { break }
            attempts.append(Attempt(tool: fields[0], told: fields[1]))
        }
        self.attempts = attempts
        arguments = try JSONParser.parse(Array(Self.line(output).utf8))
    }

    deinit {
        try? input.fileHandleForWriting.close()
        driver.waitUntilExit()
    }

    /// A number that differs when anything in the scene does.
    func look() throws -> String {
        try input.fileHandleForWriting.write(contentsOf: Data("look\n".utf8))
        return try Self.line(output)
    }

    private static func line(_ output: FileHandle) throws -> String {
        var bytes: [UInt8] = []
        while let byte = try output.read(upToCount: 1)?.first {
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        throw Failure(words: "the driver has ended: \(String(decoding: bytes, as: UTF8.self))")
    }

    private static func misbehaving() throws -> [String] {
        let source = Workshop.repository + "/Examples/misbehaving"
        return try FileManager.default.contentsOfDirectory(atPath: source).filter { $0.hasSuffix(".c") }
            .map { "\(source)/\($0)" }
    }

    static func ownFixture(_ name: String) -> [String] {
        ["\(Workshop.repository)/Tests/IsolationTests/Fixtures/\(name).c"]
    }

    static func fixture(_ name: String) -> [String] {
        ["\(Workshop.repository)/Tests/SandboxTests/Fixtures/\(name).c"]
    }

    private static func build(_ sources: [String], _ product: String) throws {
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments =
            ["cc", "-std=c11", "-O1", "-fPIC", "-fvisibility=hidden", "-shared"]
            + ["-I", Workshop.repository + "/Sources/CInterlock/include"] + sources + ["-o", product, "-lpthread"]
        try compiler.run()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else { throw Failure(words: "the plugin cannot be built") }
    }
}
