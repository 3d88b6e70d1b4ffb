/// The bar of one call while it is drawn.
struct TimelineBar {
    private let scale: TimeScale
    private let style: PictureStyle
    private var cells: [(character: Character, ink: PictureStyle.Ink)]

    /// Empty but for the grid.
    init(_ scale: TimeScale, _ style: PictureStyle) {
        self.scale = scale
        self.style = style
        cells = Array(repeating: (" ", .faint), count: scale.columns)
        for tick in scale.ticks { cells[tick.column].character = style.grid }
    }

    /// Whole cells; what is shorter than one is not drawn.
    mutating func fill(from start: UInt64, to end: UInt64, with character: Character, _ ink: PictureStyle.Ink) {
        guard end > start else { return }
        for column in scale.column(start)..<max(scale.column(start), scale.column(end)) {
            cells[column] = (character, ink)
        }
    }

    /// A run always shows, however short; with block characters its end is drawn to an eighth of a cell.
    mutating func run(from start: UInt64, to end: UInt64, _ ink: PictureStyle.Ink) {
        let first = min(scale.column(start), scale.columns - 1)
        let last = scale.position(end)
        let whole = min(Int(last), scale.columns)
        for column in first..<max(first, whole) { cells[column] = (style.runs, ink) }
        let eighths = Int((last - Double(max(whole, first))) * 8)
        if style.usesUnicode, whole < scale.columns, eighths > 0 || whole <= first {
            cells[max(whole, first)] = (Self.eighths[max(eighths, 1)], ink)
        } else if whole <= first {
            cells[first] = (style.runs, ink)
        }
    }

    private static let eighths: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// One escape sequence a stretch of one colour.
    var text: String {
        var text = ""
        var rest = cells[...]
        while let ink = rest.first?.ink {
            let stretch = rest.prefix { $0.ink == ink }
            text += style.inked(String(stretch.map(\.character)), ink)
            rest = rest.dropFirst(stretch.count)
        }
        return text
    }
}
