/// Time on columns: where a moment stands, and where the ticks are.
struct TimeScale {
    let origin: UInt64
    let span: UInt64
    let columns: Int
    /// Nanoseconds from one tick to the next: 1, 2 or 5 of a power of ten.
    let step: UInt64

    /// Columns that a tick needs for its label.
    private static let tickSpace = 8

    init(from origin: UInt64, to end: UInt64, columns: Int) {
        self.origin = origin
        // A turn in which nothing took any time still has an axis.
        span = max(end > origin ? end - origin : 0, 1000)
        self.columns = columns
        step = Self.step(for: span, atMost: UInt64(max(columns / Self.tickSpace, 1)))
    }

    private static func step(for span: UInt64, atMost most: UInt64) -> UInt64 {
        var power: UInt64 = 1000
        while power < UInt64.max / 100 {
            for factor: UInt64 in [1, 2, 5] where span / (power * factor) <= most { return power * factor }
            power *= 10
        }
        return power
    }

    /// The column, as a fraction, of a moment.
    func position(_ time: UInt64) -> Double {
        let offset = time > origin ? time - origin : 0
        return min(Double(offset) / Double(span), 1) * Double(columns)
    }

    /// The column in which a moment is; the end of the axis is one beyond the last.
    func column(_ time: UInt64) -> Int { Int(position(time)) }

    var ticks: [(column: Int, time: UInt64)] {
        stride(from: 0, through: span, by: UInt64.Stride(step)).compactMap { offset in
            let column = Int(position(origin + offset))
            return column < columns ? (column, offset) : nil
        }
    }
}
