import System

/// Which mounts may show the same files under two keys: a bind mount of a directory that is also in a root.
///
/// Read once at the start. What is mounted later inside a root is seen as foreign to it when a path leads there, but
/// the other names of its files are not: mount first, then start the host.
struct Mounts: Sendable {
    /// Numbers of mounts whose files may have names in another mount of the roots.
    let aliased: Set<UInt64>
    /// Directories in the roots that show in another mount too, which may be outside of them.
    let doors: [Door]

    /// One directory under two absolute paths.
    struct Door: Equatable {
        var path: [[UInt8]]
        var other: [[UInt8]]
    }

    /// Where a part of a file system shows: the part is everything below `location`.
    private struct Region {
        var mount: UInt64
        var device: [UInt8]
        var location: [[UInt8]]
        var path: [[UInt8]]

        /// Where the region, or a part of it, shows in another mount.
        func door(to line: Line) -> Door? {
            guard line.mount != mount, line.device == device else { return nil }
            if location.starts(with: line.root) {
                return Door(path: path, other: line.point + location.dropFirst(line.root.count))
            }
            guard line.root.starts(with: location) else { return nil }
            return Door(path: path + line.root.dropFirst(location.count), other: line.point)
        }

        func meets(_ other: Region) -> Bool {
            mount != other.mount && device == other.device
                && (location.starts(with: other.location) || other.location.starts(with: location))
        }
    }

    fileprivate struct Line {
        var mount: UInt64
        var device: [UInt8]
        /// The part of the file system that is mounted, and where.
        var root: [[UInt8]]
        var point: [[UInt8]]
    }

    /// `table` has the form of /proc/self/mountinfo.
    init(table: [UInt8], roots: [(path: [[UInt8]], mount: UInt64)]) {
        let lines = table.split(separator: UInt8(ascii: "\n")).compactMap(Self.line)
        var regions: [Region] = []
        for root in roots {
            for line in lines where line.mount == root.mount && root.path.starts(with: line.point) {
                let below = root.path.dropFirst(line.point.count)
                regions.append(
                    Region(mount: line.mount, device: line.device, location: line.root + below, path: root.path))
            }
        }
        for line in lines where roots.contains(where: { line.point.starts(with: $0.path) && line.mount != $0.mount }) {
            regions.append(Region(mount: line.mount, device: line.device, location: line.root, path: line.point))
        }
        doors = regions.flatMap { region in lines.compactMap { region.door(to: $0) } }
        aliased = Set(regions.filter { region in regions.contains { $0.meets(region) } }.map(\.mount))
    }

    /// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 …": number, parent, device, part, place.
    private static func line(_ text: ArraySlice<UInt8>) -> Line? {
        let fields = text.split(separator: UInt8(ascii: " "), maxSplits: 5)
        guard fields.count == 6, let mount = UInt64(String(decoding: fields[0], as: UTF8.self)) else { return nil }
        return Line(
            mount: mount, device: Array(fields[2]), root: PathBytes.components(of: unescaped(fields[3])),
            point: PathBytes.components(of: unescaped(fields[4])))
    }

    /// The kernel writes a space, tab, newline and backslash as `\040` and so on.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let escaped = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(escaped)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
