/// Spans of time for people: three figures at most.
package enum DurationText {
    package static func text(nanoseconds: UInt64, unicode: Bool = true) -> String {
        let microseconds = (nanoseconds + 500) / 1000
        if microseconds < 1000 { return "\(microseconds) \(unicode ? "µs" : "us")" }
        if microseconds < 9950 { return "\(tenths((microseconds + 50) / 100)) ms" }
        let milliseconds = (microseconds + 500) / 1000
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 99_950 { return "\(tenths((milliseconds + 50) / 100)) s" }
        let seconds = (milliseconds + 500) / 1000
        if seconds < 3600 { return "\(seconds / 60)m\(twoDigits(seconds % 60))s" }
        return "\(seconds / 3600)h\(twoDigits(seconds % 3600 / 60))m"
    }

    /// For ticks, which are round: no needless figures.
    static func tick(_ nanoseconds: UInt64, step: UInt64, unicode: Bool) -> String {
        let units: [(size: UInt64, name: String)] = [
            (1_000_000_000, "s"), (1_000_000, "ms"), (1000, unicode ? "µs" : "us"),
        ]
        guard nanoseconds > 0 else { return "0" }
        // The largest unit in which the steps are whole, or have one decimal.
        let unit = units.first { step % ($0.size / 10) == 0 } ?? units[2]
        let whole = nanoseconds / unit.size
        let tenth = nanoseconds % unit.size / (unit.size / 10)
        return step % unit.size == 0 ? "\(whole) \(unit.name)" : "\(whole).\(tenth) \(unit.name)"
    }

    private static func tenths(_ value: UInt64) -> String { "\(value / 10).\(value % 10)" }
    private static func twoDigits(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
