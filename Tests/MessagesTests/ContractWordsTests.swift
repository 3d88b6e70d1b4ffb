import Calls
import Messages
import StrictJSON
import Testing

private typealias Claim = ClaimTemplate

private func path(
    _ mode: Mode, _ scope: Scope, _ effects: Effects = [], _ pointer: JSONPointer = "/path", _ fallback: String? = nil
) -> Claim {
    Claim(.path(mode, scope, effects), from: .pointer(pointer, ifMissing: fallback))
}

private func words(_ claims: [Claim], _ traits: Tool.Traits = .reentrant) -> String {
    ContractWords.sentences(Contract(claims: claims), traits)
}

@Test("a reader's contract in words")
func reader() {
    #expect(
        words([path(.shared, .exact)])
            == "Reads the file at `path`. Runs beside other readers; waits for earlier calls that change what it reads."
    )
}

@Test(
    "each kind of claim has words of its own",
    arguments: [
        (
            path(.shared, .entries, [], "/dir", "."),
            "Lists the names in the directory at `dir` (without it, the workspace)."
        ),
        (path(.shared, .subtree), "Reads everything at and below `path`."),
        (path(.exclusive, .exact), "Overwrites the file at `path`."),
        (path(.exclusive, .exact, [.createsFile], "/edits/[]/path"), "Writes each file at `edits[].path`."),
        (
            path(.exclusive, .exact, [.creates, .removes, .entry]),
            "Creates or removes the entry at `path` (a link itself"
        ),
        (path(.exclusive, .subtree), "Changes everything at and below `path`."),
        (path(.exclusive, .entries), "Changes which names are in the directory at `path`."),
        (Claim(.path(.shared, .exact, []), from: .literal("go.mod")), "Reads the file \"go.mod\"."),
        (
            Claim(.key(kind: "repo", .exclusive), from: .pointer("/repo", ifMissing: nil)),
            "Uses the repo that `repo` names alone."
        ),
        (Claim(.key(kind: "repo", .shared), from: .literal("main")), "Uses the repo \"main\" beside others."),
        (
            Claim(.name(kind: "process"), from: .pointer("/label", ifMissing: "job")),
            "Reserves a unique process name, made from `label` (without it, \"job\")."
        ),
        (Claim(.units(pool: "gpu", capacity: 4), from: .literal("2")), "Takes 2 of the pool gpu (of 4)."),
        (
            Claim(.units(pool: "gpu", capacity: 0), from: .pointer("/n", ifMissing: "1")),
            "Takes as many of the pool gpu as `n` says (without it, \"1\")."
        ),
    ])
private func kinds(claim: Claim, sentence: String) {
    #expect(words([claim]).hasPrefix(sentence))
}

@Test("conditions and early release are told")
func conditions() {
    let claim = Claim(
        .path(.shared, .subtree, []), from: .literal("."),
        when: [
            .equals(pointer: "/mode", "fork"), .isIn(pointer: "/n", [1, 2]), .present(pointer: "/a"),
            .absent(pointer: "/b"),
        ],
        isReleasable: true)
    #expect(
        words([claim]).hasPrefix(
            "Reads everything in the workspace when `mode` is \"fork\" and `n` is 1 or 2 and `a` is given"
                + " and `b` is not given (may give it back early)."))
}

@Test("how it stands to other calls follows from its claims")
func order() {
    #expect(
        words([path(.shared, .exact), path(.exclusive, .exact)]).contains(
            "those that touch the same run in the order"))
    #expect(words([Claim(.name(kind: "job"), from: .literal("x"))]).hasSuffix("Runs beside all other calls."))
    let units = words([Claim(.units(pool: "gpu", capacity: 1), from: .literal("1"))])
    #expect(units.hasSuffix("Runs beside all other calls. Waits until enough units are free."))
}

@Test("a tool that is not re-entrant, and one that declares nothing, say so")
func alone() {
    #expect(words([path(.shared, .exact)], []).hasSuffix("Its own calls run one at a time."))
    #expect(words([path(.shared, .exact)], [.sharesState]).hasSuffix("Calls of its plugin run one at a time."))
    #expect(words([], .reentrant).hasPrefix("Declares no contract, so it has the whole workspace for itself"))
}
