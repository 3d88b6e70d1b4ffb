import StrictJSON

/// What came of one thing that was tried.
package struct Finding: Sendable, Equatable {
    package enum Verdict: String, Sendable {
        case ok
        /// All works without it, but something less well, or less safely.
        case lacking
        /// Something that the deployment asks for does not work.
        case failed
    }

    package enum Area: String, Sendable, CaseIterable {
        case kernel, configuration, workspace, locks, plugins, limits, toolchain
    }

    package var area: Area
    /// What was looked at.
    package var name: String
    package var verdict: Verdict
    /// What was tried, and what came of it.
    package var words: String
    /// What to do, if there is something to be done.
    package var help: String?

    package init(_ area: Area, _ name: String, _ verdict: Verdict, _ words: String, help: String? = nil) {
        self.area = area
        self.name = name
        self.verdict = verdict
        self.words = words
        self.help = help
    }

    package var json: JSON {
        var members: [(name: String, value: JSON)] = [
            ("area", .string(area.rawValue)), ("name", .string(name)), ("verdict", .string(verdict.rawValue)),
            ("words", .string(words)),
        ]
        if let help { members.append(("help", .string(help))) }
        return .object(JSONObject(members))
    }
}
