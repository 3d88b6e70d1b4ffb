import Calls
import StrictJSON

/// A contract in one or two sentences, for the model beside a tool's description and for people in a list:
///
///     Reads the file at `path`. Runs beside other readers; waits for earlier calls that change what it reads.
///
/// `path` is an argument; a literal stands in double quotes.
package enum ContractWords {
    package static func sentences(_ contract: Contract, _ traits: Tool.Traits) -> String {
        guard contract.isDeclared else {
            return "Declares no contract, so it has the whole workspace for itself: "
                + "it waits for every earlier call, and every later call waits for it."
        }
        if contract.takesEverything {
            return "The operator gives it the whole workspace for itself: "
                + "it waits for every earlier call, and every later call waits for it."
        }
        let does = contract.claims.map(phrase).joined(separator: "; ")
        return ([capitalized(does) + "."] + order(contract) + turns(traits)).joined(separator: " ")
    }

    /// How it stands to other calls.
    private static func order(_ contract: Contract) -> [String] {
        var isShared = false
        var isExclusive = false
        var takesUnits = false
        for claim in contract.claims {
            switch claim.resource {
            case .path(let mode, _, _), .key(_, let mode):
                if mode == .shared { isShared = true } else { isExclusive = true }
            case .name: break
            case .units: takesUnits = true
            }
        }
        let beside =
            if isExclusive {
                "Runs beside calls that touch other things; those that touch the same run in the order of the message."
            } else if isShared {
                "Runs beside other readers; waits for earlier calls that change what it reads."
            } else {
                "Runs beside all other calls."
            }
        return [beside] + (takesUnits ? ["Waits until enough units are free."] : [])
    }

    private static func turns(_ traits: Tool.Traits) -> [String] {
        if traits.contains(.sharesState) { return ["Calls of its plugin run one at a time."] }
        return traits.contains(.reentrant) ? [] : ["Its own calls run one at a time."]
    }

    // MARK: One claim

    private static func phrase(_ claim: ClaimTemplate) -> String {
        let base =
            switch claim.resource {
            case .path(let mode, let scope, let effects): path(mode, scope, effects, claim.source)
            case .key(let kind, let mode):
                "uses \(thing(kind, claim.source)) \(mode == .shared ? "beside others" : "alone")"
            case .name(let kind): "reserves a unique \(kind) name, made from \(value(claim.source))"
            case .units(let pool, let capacity): units(pool, capacity, claim.source)
            }
        let conditions = claim.when.map(condition).joined(separator: " and ")
        return base + (conditions.isEmpty ? "" : " when \(conditions)")
            + (claim.isReleasable ? " (may give it back early)" : "")
    }

    private static func path(
        _ mode: Mode, _ scope: Scope, _ effects: Effects, _ source: ClaimTemplate.Source
    ) -> String {
        let entry = effects.contains(.entry) ? " (a link itself, not what it leads to)" : ""
        let noun = effects.isDisjoint(with: [.creates, .createsDirectory, .receives, .removes]) ? "file" : "entry"
        return switch (mode, scope) {
        case (.shared, .exact): "reads \(one(noun, source))\(entry)"
        case (.shared, .entries): "lists the names in \(one("directory", source))"
        case (.shared, .subtree): "reads \(everything(source))\(entry)"
        case (.exclusive, .exact): "\(verbs(effects)) \(one(noun, source))\(entry)"
        case (.exclusive, .entries): "changes which names are in \(one("directory", source))"
        case (.exclusive, .subtree): "changes \(everything(source))\(entry)"
        }
    }

    private static func verbs(_ effects: Effects) -> String {
        let verbs: [(effect: Effects, verb: String)] = [
            (.createsFile, "writes"), (.createsDirectory, "makes"), (.creates, "creates"), (.receives, "receives"),
            (.removes, "removes"),
        ]
        let found = verbs.filter { effects.contains($0.effect) }.map(\.verb)
        return found.isEmpty ? "overwrites" : found.joined(separator: " or ")
    }

    private static func units(_ pool: String, _ capacity: Int, _ source: ClaimTemplate.Source) -> String {
        let size = capacity > 0 ? " (of \(capacity))" : ""
        return switch source {
        case .literal(let count): "takes \(count) of the pool \(pool)\(size)"
        case .pointer(let pointer, let fallback):
            "takes as many of the pool \(pool)\(size) as \(name(pointer)) says" + without(fallback)
        }
    }

    private static func condition(_ condition: ClaimTemplate.Condition) -> String {
        switch condition {
        case .equals(let pointer, let value): "\(name(pointer)) is \(value.text)"
        case .isIn(let pointer, let values):
            "\(name(pointer)) is " + values.map(\.text).joined(separator: " or ")
        case .present(let pointer): "\(name(pointer)) is given"
        case .absent(let pointer): "\(name(pointer)) is not given"
        }
    }

    // MARK: Where a value comes from

    private static func one(_ noun: String, _ source: ClaimTemplate.Source) -> String {
        switch source {
        case .literal(let path): isWorkspace(path) ? "the workspace" : "the \(noun) \(quoted(path))"
        case .pointer(let pointer, let fallback):
            (namesSeveral(pointer) ? "each" : "the") + " \(noun) at \(name(pointer))" + withoutPath(fallback)
        }
    }

    private static func everything(_ source: ClaimTemplate.Source) -> String {
        switch source {
        case .literal(let path):
            isWorkspace(path) ? "everything in the workspace" : "everything at and below \(quoted(path))"
        case .pointer(let pointer, let fallback):
            "everything at and below \(namesSeveral(pointer) ? "each of " : "")\(name(pointer))" + withoutPath(fallback)
        }
    }

    private static func withoutPath(_ fallback: String?) -> String {
        guard let fallback, isWorkspace(fallback) else { return without(fallback) }
        return " (without it, the workspace)"
    }

    private static func isWorkspace(_ path: String) -> Bool { ["", ".", "./"].contains(path) }

    private static func namesSeveral(_ pointer: JSONPointer) -> Bool {
        pointer.segments.contains(.each)
    }

    private static func quoted(_ literal: String) -> String { JSON.string(literal).text }

    private static func thing(_ kind: String, _ source: ClaimTemplate.Source) -> String {
        switch source {
        case .literal(let key): key.isEmpty ? "every \(kind)" : "the \(kind) \(quoted(key))"
        case .pointer(let pointer, let fallback): "the \(kind) that \(name(pointer)) names" + without(fallback)
        }
    }

    private static func value(_ source: ClaimTemplate.Source) -> String {
        switch source {
        case .literal(let wish): quoted(wish)
        case .pointer(let pointer, let fallback): name(pointer) + without(fallback)
        }
    }

    private static func without(_ fallback: String?) -> String {
        fallback.map { " (without it, \(quoted($0)))" } ?? ""
    }

    /// `/edits/[]/path` as a reader of the schema would write it: `edits[].path`.
    private static func name(_ pointer: JSONPointer) -> String {
        guard !pointer.segments.isEmpty else { return "the arguments" }
        let text = pointer.segments.reduce(into: "") { text, segment in
            switch segment {
            case .each: text += "[]"
            case .name(let name): text += (text.isEmpty ? "" : ".") + name
            }
        }
        return "`\(text)`"
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
