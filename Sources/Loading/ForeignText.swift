/// Text that people will look at.
enum ForeignText {
    /// The first character that people do not see, or that changes how others look: nothing a reviewer should have to
    /// guess at. Joiners are part of the spelling of some languages.
    static func invisible(in text: String, allowingLines: Bool) -> Unicode.Scalar? {
        text.unicodeScalars.first { scalar in
            switch scalar.properties.generalCategory {
            case .control: !(allowingLines && (scalar == "\n" || scalar == "\t"))
            case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
            case .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
            default: false
            }
        }
    }
}
