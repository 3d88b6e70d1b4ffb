/// A part of a configuration file, as it was written: no types guessed, aliases put in, every part with its place.
indirect enum Node: Sendable {
    /// `isPlain`: without quotes, so that it may be something else than text.
    case scalar(String, isPlain: Bool, Place)
    case sequence([Node], Place)
    case mapping([Entry], Place)

    struct Entry: Sendable {
        var key: String
        var keyPlace: Place
        var value: Node
    }

    var place: Place {
        switch self {
        case .scalar(_, _, let place), .sequence(_, let place), .mapping(_, let place): place
        }
    }

    var isNull: Bool {
        if case .scalar(let text, true, _) = self { ["", "~", "null"].contains(text) } else { false }
    }

    /// For messages: what stands here instead of what was expected.
    var kindInWords: String {
        switch self {
        case _ where isNull: "nothing"
        case .scalar(let text, _, _): "\"\(text.count > 40 ? text.prefix(40) + "…" : text[...])\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    func expected(_ what: String, help: String) -> ConfigurationFailure {
        ConfigurationFailure(at: place, "expected \(what), found \(kindInWords)", help: help)
    }
}
