/// Finds a literal in bytes in linear time, whatever both are (Knuth, Morris and Pratt).
package struct Literal: Sendable {
    package let bytes: [UInt8]
    /// For each prefix of `bytes`, the length of its longest proper prefix that is also its suffix.
    private let borders: [Int]

    /// `bytes` must not be empty.
    package init(_ bytes: [UInt8]) {
        precondition(!bytes.isEmpty, "an empty literal is everywhere")
        self.bytes = bytes
        var borders = [Int](repeating: 0, count: bytes.count)
        var length = 0
        for index in bytes.indices.dropFirst() {
            while length > 0, bytes[index] != bytes[length] { length = borders[length - 1] }
            if bytes[index] == bytes[length] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    /// Where it begins in `text`, ascending, at most `limit` places. With `overlapping`, "aa" is twice in "aaa".
    package func offsets(in text: [UInt8], overlapping: Bool, limit: Int) -> [Int] {
        var found: [Int] = []
        var matched = 0
        for (index, byte) in text.enumerated() {
            while matched > 0, byte != bytes[matched] { matched = borders[matched - 1] }
            if byte == bytes[matched] { matched += 1 }
            guard matched == bytes.count else { continue }
            found.append(index + 1 - matched)
            if found.count == limit { break }
            matched = overlapping ? borders[matched - 1] : 0
        }
        return found
    }
}
