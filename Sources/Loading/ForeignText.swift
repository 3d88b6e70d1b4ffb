import CInterlock

/// Bytes and text that a plugin lends, checked and copied. Nothing else reads through a plugin's pointers to text.
enum ForeignText {
    /// What one call of a service can carry. A length above is a fault (a negative number, most often), not data.
    static let maximumSlice = 1 << 30

    /// Nil if the slice cannot be one: NULL with a length, or longer than `limit`.
    static func bytes(_ slice: ilk_str, limit: Int = maximumSlice) -> [UInt8]? {
        guard slice.len >= 0, slice.len <= limit else { return nil }
        guard slice.len > 0 else { return [] }
        guard let start = slice.ptr else { return nil }
        return Array(UnsafeRawBufferPointer(start: start, count: slice.len))
    }

    /// Nil if it is not UTF-8 either.
    static func text(_ slice: ilk_str, limit: Int = maximumSlice) -> String? {
        bytes(slice, limit: limit).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Why a slice is refused that ``bytes(_:limit:)`` or ``text(_:limit:)`` did not take.
    static func fault(_ slice: ilk_str, limit: Int) -> String {
        if slice.len < 0 || slice.len > limit { return "is longer than \(limit) bytes" }
        if slice.len > 0 && slice.ptr == nil { return "is NULL but has a length" }
        return "is not valid UTF-8"
    }

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
