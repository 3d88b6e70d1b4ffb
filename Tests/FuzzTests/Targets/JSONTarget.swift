import StrictJSON

/// What is read is written as it was read, and no part of it is a whole.
enum JSONTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        guard let value = try? JSONParser.parse(bytes) else { return nil }
        guard String(validating: bytes, as: UTF8.self) != nil else { return "what is not UTF-8 was read" }
        let written = value.bytes
        guard let again = try? JSONParser.parse(written) else { return "what was written is not read: \(value.text)" }
        if again != value || again.bytes != written { return "\(value.text) became \(again.text)" }
        switch value {
        case .array, .object, .string:
            if (try? JSONParser.parse(Array(written.dropLast()))) != nil { return "a part of \(value.text) was read" }
        case .null, .bool, .number: break
        }
        return nil
    }
}
