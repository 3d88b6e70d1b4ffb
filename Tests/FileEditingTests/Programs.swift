import Foundation

/// Other programs, as judges of ours.
enum Program {
    static func exists(_ name: String) -> Bool { path(name) != nil }

    private static func path(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
    }

    struct Missing: Error {}

    static func run(
        _ name: String, _ arguments: [String], input: [UInt8] = [], in directory: URL
    ) throws -> (status: Int32, output: String) {
        guard let path = path(name) else { throw Missing() }
        let inputFile = directory.appending(path: ".input")
        try Data(input).write(to: inputFile)
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}

enum TemporaryDirectory {
    static func with<T>(_ body: (URL) throws -> T) throws -> T {
        let directory = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        do {
            let result = try body(directory)
            try FileManager.default.removeItem(at: directory)
            return result
        } catch {
            try FileManager.default.removeItem(at: directory)
            throw error
        }
    }
}
