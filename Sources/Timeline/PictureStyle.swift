/// How a picture is drawn: for which terminal.
package struct PictureStyle: Sendable {
    /// Columns of the terminal.
    package var width: Int
    /// Block characters; otherwise ASCII alone.
    package var usesUnicode: Bool
    package var usesColor: Bool
    /// Calls that are shown; of a larger turn, the interesting ones.
    package var maximumRows: Int

    package static let standardWidth = 80
    /// Narrower, the columns would meet; wider, the eye would lose the line.
    package static let widths = 60...160

    package init(
        width: Int = standardWidth, usesUnicode: Bool = true, usesColor: Bool = false, maximumRows: Int = 24
    ) {
        self.width = min(max(width, Self.widths.lowerBound), Self.widths.upperBound)
        self.usesUnicode = usesUnicode
        self.usesColor = usesColor
        self.maximumRows = maximumRows
    }

    var ellipsis: String { usesUnicode ? "…" : ".." }
    var waits: Character { usesUnicode ? "░" : "." }
    var waitsForSlot: Character { usesUnicode ? "▒" : ":" }
    var runs: Character { usesUnicode ? "█" : "#" }
    var tick: Character { usesUnicode ? "┴" : "+" }
    var grid: Character { usesUnicode ? "·" : " " }

    /// Text that this terminal can show.
    func plain(_ text: String) -> String {
        usesUnicode ? text : String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isASCII ? $0 : "?" }))
    }

    enum Ink: String {
        case faint = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
        case bold = "1"
    }

    func inked(_ text: some StringProtocol, _ ink: Ink) -> String {
        usesColor && !text.isEmpty ? "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m" : String(text)
    }
}
