import Foundation
import TestSupport

/// A small directory tree with files, links and hard links, made from a seed; and what it looks like afterwards.
package struct World {
    /// What can be told apart afterwards: contents, types, modes, link targets, and which names are one file.
    package typealias Snapshot = [String: String]

    let directory: URL

    init(seed: UInt64) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("interlock-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var random = SeededGenerator(seed: seed)
        for number in 0..<Int.random(in: 0...9, using: &random) { build(number, &random) }
    }

    func remove() throws {
        try FileManager.default.removeItem(at: directory)
    }

    /// What cannot be built (a name that is taken, a parent that is a file) is left out; the seed decides all the same.
    private func build(_ number: Int, _ random: inout SeededGenerator) {
        let place = directory.appendingPathComponent(RandomCalls.path(&random))
        let other = RandomCalls.path(&random)
        let kind = random.pick(["file", "file", "file", "directory", "link", "absolute link", "hard link"])
        let files = FileManager.default
        try? files.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        switch kind {
        case "file" where !files.fileExists(atPath: place.path):
            try? Data("line \(number)\nmore\n".utf8).write(to: place)
        case "directory": try? files.createDirectory(at: place, withIntermediateDirectories: true)
        case "link": try? files.createSymbolicLink(atPath: place.path, withDestinationPath: other)
        case "absolute link":
            let target = directory.appendingPathComponent(other).path
            try? files.createSymbolicLink(atPath: place.path, withDestinationPath: target)
        case "hard link": try? files.linkItem(at: directory.appendingPathComponent(other), to: place)
        default: break
        }
    }

    func snapshot() throws -> Snapshot {
        var snapshot: Snapshot = [:]
        var firstNames: [UInt64: String] = [:]
        let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
        for name in names {
            let path = directory.appendingPathComponent(name).path
            var status = stat()
            guard lstat(path, &status) == 0 else { throw CocoaError(.fileReadUnknown) }
            let mode = String(status.st_mode & 0o7777, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFDIR: snapshot[name] = "directory \(mode)"
            case S_IFLNK:
                let target = try FileManager.default.destinationOfSymbolicLink(atPath: path)
                snapshot[name] = "link \(target.replacingOccurrences(of: directory.path, with: "ROOT"))"
            default:
                let twin = firstNames[UInt64(status.st_ino), default: name]
                firstNames[UInt64(status.st_ino)] = twin
                let content = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
                snapshot[name] = "file \(mode) as \(twin): \(content)"
            }
        }
        return snapshot
    }
}
