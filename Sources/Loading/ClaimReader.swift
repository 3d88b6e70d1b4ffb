import CInterlock
import CWorker
import Calls
import StrictJSON

/// A tool's claims as a contract. A claim that cannot be understood refuses the plugin: guessing could only be too narrow.
enum ClaimReader {
    static let maximumClaims = Int(IW_DESCRIBED_CLAIMS)
    static let maximumConditions = Int(IW_DESCRIBED_CONDITIONS)
    static let maximumTextLength = 4096
    static let maximumUnits: UInt32 = 1_000_000

    static func contract(_ tool: ilk_tool, isReadOnly: Bool) throws(DescriptorFault) -> Contract {
        let pointers = try DescriptorReader.elements(
            tool.claims, count: tool.n_claims, limit: maximumClaims, "claim")
        var claims: [ClaimTemplate] = []
        for (place, pointer) in pointers.enumerated() {
            do throws(DescriptorFault) {
                try DescriptorReader.checkSize(pointer, "ilk_claim")
                let claim = try claim(pointer.pointee)
                guard !(isReadOnly && claim.resource.isExclusive) else {
                    throw DescriptorFault(
                        "an exclusive claim beside ILK_TOOL_READ_ONLY",
                        help: "for the plugin's author: make the claim shared, or take the flag away")
                }
                claims.append(claim)
            } catch {
                throw error.in("claim \(place)")
            }
        }
        return Contract(claims: claims)
    }

    private static func claim(_ claim: ilk_claim) throws(DescriptorFault) -> ClaimTemplate {
        let kind = try text(claim.kind, "kind")
        guard Syntax.isKind(kind) else {
            throw DescriptorFault("its kind \(DescriptorReader.quoted(kind)) is not 1 to 64 of a-z A-Z 0-9 . _ -")
        }
        let known = Effects.all.rawValue | UInt32(ILK_RELEASABLE)
        guard claim.flags & ~known == 0 else {
            throw DescriptorFault("unknown flags 0x\(String(claim.flags & ~known, radix: 16))")
        }
        let effects = Effects(rawValue: claim.flags & Effects.all.rawValue)
        let isPath = claim.type == UInt32(ILK_CLAIM_KEY) && kind == "path"
        guard isPath || effects.isEmpty else { throw DescriptorFault("only a claim on a path can have effects") }
        return ClaimTemplate(
            try resource(claim, kind, effects), from: try source(claim), when: try conditions(claim),
            isReleasable: claim.flags & UInt32(ILK_RELEASABLE) != 0)
    }

    private static func resource(
        _ claim: ilk_claim, _ kind: String, _ effects: Effects
    ) throws(DescriptorFault) -> ClaimTemplate.Resource {
        switch claim.type {
        case UInt32(ILK_CLAIM_KEY):
            guard claim.units == 0, claim.capacity == 0 else { throw DescriptorFault("a key has no units or capacity") }
            let mode = try mode(claim)
            let scope = try scope(claim)
            if kind == "path" {
                guard mode == .exclusive || effects.isSubset(of: .entry) else {
                    throw DescriptorFault("a shared claim cannot create or remove")
                }
                return .path(mode, scope, effects)
            }
            guard scope == .exact else { throw DescriptorFault("a named key has no scope but ILK_EXACT") }
            return .key(kind: kind, mode)
        case UInt32(ILK_CLAIM_NAME):
            guard claim.units == 0, claim.capacity == 0 else {
                throw DescriptorFault("a name has no units or capacity")
            }
            return .name(kind: kind)
        case UInt32(ILK_CLAIM_UNITS):
            guard claim.units <= maximumUnits, claim.capacity <= maximumUnits else {
                throw DescriptorFault("more than \(maximumUnits) units")
            }
            guard claim.capacity == 0 || claim.units <= claim.capacity else {
                throw DescriptorFault("\(claim.units) units of a pool of \(claim.capacity) can never be had")
            }
            return .units(pool: kind, capacity: Int(claim.capacity))
        default: throw DescriptorFault("unknown type \(claim.type)")
        }
    }

    private static func mode(_ claim: ilk_claim) throws(DescriptorFault) -> Mode {
        switch claim.mode {
        case UInt32(ILK_SHARED): .shared
        case UInt32(ILK_EXCLUSIVE): .exclusive
        default: throw DescriptorFault("unknown mode \(claim.mode)")
        }
    }

    private static func scope(_ claim: ilk_claim) throws(DescriptorFault) -> Scope {
        switch claim.scope {
        case UInt32(ILK_EXACT): .exact
        case UInt32(ILK_ENTRIES): .entries
        case UInt32(ILK_SUBTREE): .subtree
        default: throw DescriptorFault("unknown scope \(claim.scope)")
        }
    }

    /// Either from the arguments or the same for every call: never both, and never neither, which is too easy to write by
    /// mistake for what it would mean (everything of the kind).
    private static func source(_ claim: ilk_claim) throws(DescriptorFault) -> ClaimTemplate.Source {
        var literal = try text(claim.key, "key")
        let pointerText = try text(claim.pointer, "pointer")
        let fallback = try text(claim.if_missing, "if_missing")
        if claim.type == UInt32(ILK_CLAIM_UNITS) {
            guard literal.isEmpty else { throw DescriptorFault("units have no key") }
            literal = claim.units == 0 ? "" : String(claim.units)
        }
        guard literal.isEmpty != pointerText.isEmpty else {
            throw DescriptorFault(
                literal.isEmpty
                    ? "nothing says what it is: it needs a pointer, or a key (units: their number)"
                    : "it has a pointer beside a key (units: beside their number)")
        }
        guard !pointerText.isEmpty else {
            guard fallback.isEmpty else { throw DescriptorFault("if_missing belongs to a pointer") }
            return .literal(literal)
        }
        let pointer = try pointer(pointerText)
        if claim.type == UInt32(ILK_CLAIM_UNITS), !fallback.isEmpty {
            guard let units = UInt32(fallback), units <= maximumUnits else {
                throw DescriptorFault("if_missing is not a number of units")
            }
        }
        return .pointer(pointer, ifMissing: fallback.isEmpty ? nil : fallback)
    }

    private static func conditions(_ claim: ilk_claim) throws(DescriptorFault) -> [ClaimTemplate.Condition] {
        let pointers = try DescriptorReader.elements(
            claim.when, count: claim.n_when, limit: maximumConditions, "condition")
        var conditions: [ClaimTemplate.Condition] = []
        for (place, pointer) in pointers.enumerated() {
            do throws(DescriptorFault) {
                try DescriptorReader.checkSize(pointer, "ilk_when")
                conditions.append(try condition(pointer.pointee))
            } catch {
                throw error.in("condition \(place)")
            }
        }
        return conditions
    }

    private static func condition(_ when: ilk_when) throws(DescriptorFault) -> ClaimTemplate.Condition {
        let pointer = try pointer(try text(when.pointer, "pointer"))
        switch when.op {
        case UInt32(ILK_WHEN_EQUALS): return .equals(pointer: pointer, try json(when.value_json))
        case UInt32(ILK_WHEN_IN):
            guard let options = try json(when.value_json).array else {
                throw DescriptorFault("value_json of ILK_WHEN_IN is not an array")
            }
            return .isIn(pointer: pointer, options)
        case UInt32(ILK_WHEN_PRESENT), UInt32(ILK_WHEN_ABSENT):
            guard when.value_json.len == 0 else { throw DescriptorFault("this condition takes no value_json") }
            return when.op == UInt32(ILK_WHEN_PRESENT) ? .present(pointer: pointer) : .absent(pointer: pointer)
        default: throw DescriptorFault("unknown op \(when.op)")
        }
    }

    private static func json(_ slice: ilk_str) throws(DescriptorFault) -> JSON {
        let lent = Lent(slice, limit: maximumTextLength)
        guard let bytes = lent.bytes() else {
            throw DescriptorFault("value_json \(lent.fault(limit: maximumTextLength))")
        }
        do throws(JSONParser.Failure) {
            return try JSONParser.parse(bytes)
        } catch {
            throw DescriptorFault("value_json is not valid JSON: \(error)")
        }
    }

    private static func pointer(_ text: String) throws(DescriptorFault) -> JSONPointer {
        do throws(JSONPointer.Malformed) {
            return try JSONPointer(text)
        } catch {
            throw DescriptorFault(error.reason)
        }
    }

    private static func text(_ slice: ilk_str, _ what: String) throws(DescriptorFault) -> String {
        try DescriptorReader.text(slice, what, limit: maximumTextLength)
    }
}

extension ClaimTemplate.Resource {
    fileprivate var isExclusive: Bool {
        switch self {
        case .path(let mode, _, _), .key(_, let mode): mode == .exclusive
        case .name, .units: false
        }
    }
}

extension Effects {
    fileprivate static let all: Effects = [.createsFile, .creates, .removes, .entry, .createsDirectory, .receives]
}
