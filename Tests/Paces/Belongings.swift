import Foundation

/// What this process has: to see that it has no more of it afterwards.
struct Belongings: Equatable {
    /// Processes that come from this one, by their names.
    var processes: [String]
    var descriptors: Int

    /// When nothing changes any more: threads that have said that all is over still have something to close.
    static func settled() throws -> Belongings {
        var last = try now()
        while true {
            usleep(100_000)
            let next = try now()
            if next == last { return next }
            last = next
        }
    }

    private static func now() throws -> Belongings {
        Belongings(
            processes: try descendants(of: getpid()).sorted(),
            descriptors: try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count)
    }

    /// Bytes of memory that this process has.
    static func resident() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * Int(getpagesize())
    }

    private static func descendants(of process: Int32) throws -> [String] {
        var parents: [Int32: (parent: Int32, name: String)] = [:]
        for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let number = Int32(entry),
                let text = try? String(contentsOfFile: "/proc/\(entry)/stat", encoding: .utf8),
                let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
            else { continue }
            let fields = text[close...].split(separator: " ")
            guard fields.count > 2, let parent = Int32(fields[2]) else { continue }
            parents[number] = (parent, String(text[text.index(after: open)..<close]))
        }
        var found: [Int32] = [process]
        var names: [String] = []
        while let next = found.popLast() {
            for (number, entry) in parents where entry.parent == next {
                found.append(number)
                names.append(entry.name)
            }
        }
        return names
    }
}
