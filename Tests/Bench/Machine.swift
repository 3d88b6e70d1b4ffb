import Floors
import Foundation

/// What the figures were taken on, without a name or a path.
struct Machine: Codable, Sendable {
    var processor: String
    var cores: Int
    var memoryGiB: Int
    var kernel: String
    var fileSystem: String
    /// Of the last minute, when the run began, and when it ended.
    var loadBefore: Double
    var loadAfter: Double?

    init(filesIn directory: String) {
        let processors = Self.lines(of: "/proc/cpuinfo")
        processor = Self.value("model name", in: processors) ?? "unknown"
        cores = ProcessInfo.processInfo.activeProcessorCount
        memoryGiB = Int((Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)).rounded())
        // The release goes on with what the distribution, or whoever built it, calls it.
        let release = Self.lines(of: "/proc/sys/kernel/osrelease").first ?? ""
        kernel = "Linux " + release.prefix { $0.isNumber || $0 == "." }
        fileSystem = Self.fileSystems[floor_file_system(directory)] ?? "unknown"
        loadBefore = Self.load
    }

    mutating func end() { loadAfter = Self.load }

    var words: String {
        let load = loadAfter.map { "\(loadBefore) before the run and \($0) at its end" } ?? "\(loadBefore)"
        return """
            Measured on \(cores) cores (\(processor)), \(memoryGiB) GiB of memory, \(kernel), files on \(fileSystem); load \
            \(load); \(Self.build) build. A figure is the median of its rounds (smallest – largest); `make bench ONLY=row` \
            measures a row alone.
            """
    }

    private static var build: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    private static let fileSystems: [UInt64: String] = [
        0xEF53: "ext4", 0x0102_1994: "tmpfs", 0x9123_683E: "btrfs", 0x5846_5342: "xfs", 0x794C_7630: "overlayfs",
        0x6969: "NFS", 0x2FC1_2FC1: "ZFS",
    ]

    private static var load: Double {
        Double(lines(of: "/proc/loadavg").first?.prefix { $0 != " " } ?? "") ?? 0
    }

    private static func lines(of file: String) -> [Substring] {
        ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n")
    }

    private static func value(_ name: String, in lines: [Substring]) -> String? {
        lines.first { $0.hasPrefix(name) }?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
    }
}
