/// Durations and sizes as people write them: `30s`, `1h30m`, `4MiB`. A number without a unit is refused, so that nobody
/// has to know whether a bare 30 is seconds or milliseconds.
package enum Quantities {
    /// Why a text is not a quantity, and what is.
    package struct Malformed: Error, Sendable, Equatable {
        package var reason: String
        package var help: String
    }

    /// Longer than any turn; what it keeps out are numbers that overflow a clock.
    package static let longestDuration = Duration.seconds(365 * 24 * 3600)
    package static let largestSize = 1 << 40

    private static let timeUnits: [(name: String, milliseconds: Int)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    private static let sizeUnits: [(name: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// `1h30m`: each unit at most once, larger ones first.
    package static func duration(_ text: String) throws(Malformed) -> Duration {
        let help = "a duration is written like 500ms, 30s, 10m or 1h30m"
        func malformed(_ reason: String) -> Malformed { Malformed(reason: reason, help: help) }

        var rest = text[...]
        var units = timeUnits[...]
        var total = 0
        while !rest.isEmpty {
            let digits = rest.prefix(while: \.isDecimalDigit)
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !$0.isDecimalDigit }
            rest = rest.dropFirst(name.count)
            guard !digits.isEmpty else { throw malformed("\"\(text)\" is not a duration") }
            guard !name.isEmpty else { throw malformed("\"\(text)\" has no unit") }
            guard let place = units.firstIndex(where: { $0.name == name }) else {
                let isUnit = timeUnits.contains { $0.name == name }
                throw malformed(
                    isUnit ? "\"\(text)\" has its units out of order" : "\"\(name)\" is not a unit of time")
            }
            guard let sum = accumulate(total, digits, times: units[place].milliseconds) else {
                throw malformed("\"\(text)\" is too long")
            }
            total = sum
            units = units[(place + 1)...]
        }
        guard !text.isEmpty else { throw malformed("a duration is missing") }
        guard .milliseconds(total) <= longestDuration else { throw malformed("\"\(text)\" is longer than a year") }
        return .milliseconds(total)
    }

    /// The same, for a time in which something must be done.
    package static func positiveDuration(_ text: String) throws(Malformed) -> Duration {
        let duration = try duration(text)
        if duration == .zero {
            throw Malformed(reason: "\"\(text)\" is no time at all", help: "write at least 1ms")
        }
        return duration
    }

    /// `4MiB`: one whole number and one unit.
    package static func size(_ text: String) throws(Malformed) -> Int {
        let help = "a size is written like 512B, 64KiB, 4MiB or 1GiB"
        let digits = text.prefix(while: \.isDecimalDigit)
        let name = text.dropFirst(digits.count)
        guard !digits.isEmpty else { throw Malformed(reason: "\"\(text)\" is not a size", help: help) }
        guard let unit = sizeUnits.first(where: { $0.name == name }) else {
            let reason = name.isEmpty ? "\"\(text)\" has no unit" : "\"\(name)\" is not a unit of size"
            throw Malformed(reason: reason, help: help)
        }
        guard let bytes = accumulate(0, digits, times: unit.bytes), bytes <= largestSize else {
            throw Malformed(reason: "\"\(text)\" is more than 1024GiB", help: help)
        }
        return bytes
    }

    /// Shortest text that `duration(_:)` reads as the same; what is below a millisecond is cut off.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        var rest = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        guard rest > 0 else { return "0s" }
        var text = ""
        for unit in timeUnits where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text
    }

    /// Shortest text that `size(_:)` reads as the same.
    package static func text(bytes: Int) -> String {
        let unit = sizeUnits.last { bytes >= $0.bytes && bytes % $0.bytes == 0 } ?? sizeUnits[0]
        return "\(bytes / unit.bytes)\(unit.name)"
    }

    private static func accumulate(_ total: Int, _ digits: Substring, times unit: Int) -> Int? {
        guard let count = Int(digits) else { return nil }
        let (product, overflows) = count.multipliedReportingOverflow(by: unit)
        let (sum, overflowsToo) = total.addingReportingOverflow(product)
        return overflows || overflowsToo ? nil : sum
    }
}

extension Character {
    /// Unicode has more digits than these; a configuration has not.
    fileprivate var isDecimalDigit: Bool { ("0"..."9").contains(self) && utf8.count == 1 }
}
