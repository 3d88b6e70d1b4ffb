/// Tool names, arguments and messages are strangers' texts, and must not steer the terminal that shows them.
package enum Printable {
    /// Without control characters, and without the invisible ones that turn or hide what follows.
    package static func text(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: result.append(" ")
            case .format, .surrogate, .privateUse, .unassigned: result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
