import Foundation
import Guards
import TestSupport
import Testing

#if DEBUG

    /// Every guard against races has a twin: a scenario that comes out right with all guards, and wrong without that one. The
    /// switch below is exhaustive, so a guard without a scenario does not compile.
    @Suite("A guard against races", .timeLimit(.minutes(20)))
    struct RaceGuardTests {
        /// `INTERLOCK_GUARD` tries one alone.
        private static let chosen: [RaceGuard] = {
            let name = ProcessInfo.processInfo.environment["INTERLOCK_GUARD"]
            return RaceGuard.allCases.filter { name == nil || $0.rawValue == name }
        }()

        @Test("is needed: with all of them it comes out right, without it not", arguments: chosen)
        func twin(_ guard: RaceGuard) async throws {
            try await check(`guard`, Scenario.of(`guard`))
        }

        @Test(
            "is needed as well where the host acts in the place of a call's own code",
            arguments: chosen.filter { Scenario.native($0) != nil })
        func nativeTwin(_ guard: RaceGuard) async throws {
            try await check(`guard`, try #require(Scenario.native(`guard`)))
        }

        private func check(_ guard: RaceGuard, _ scenario: Scenario) async throws {
            var found: UInt64?
            for seed in scenario.seeds where found == nil {
                if try await scenario.run(seed, .allBut(`guard`)) != nil { found = seed }
            }
            let seed = try #require(found, "nothing is noticed without \(`guard`)")
            let complaint = try await scenario.run(seed, .all)
            #expect(complaint == nil, "seed \(seed)")
        }

        @Test("stands on the page on architecture, in a file that asks for it")
        func page() throws {
            let page = try String(contentsOfFile: Workshop.repository + "/docs/architecture.md", encoding: .utf8)
            let rows = page.split(separator: "\n").compactMap { line -> (name: String, file: String)? in
                let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                guard cells.count == 3, cells[0].hasPrefix("`"), cells[2].hasSuffix(".swift`") else { return nil }
                return (cells[0].trimmingCharacters(in: ["`"]), cells[2].trimmingCharacters(in: ["`"]))
            }
            #expect(rows.map(\.name) == RaceGuard.allCases.map(\.rawValue))
            for row in rows {
                let file = Workshop.repository + "/Sources/" + row.file
                let source = try String(contentsOfFile: file, encoding: .utf8)
                #expect(source.contains(".\(row.name)"), "\(row.file) does not ask for \(row.name)")
            }
        }
    }

    /// Something that happens under given guards. It says what is wrong with how it came out; nil = nothing.
    struct Scenario: Sendable {
        /// Those that are tried; one where nothing is left to chance.
        var seeds: ClosedRange<UInt64>
        var run: @Sendable (UInt64, RaceGuards) async throws -> String?

        static func once(_ run: @escaping @Sendable (RaceGuards) async throws -> String?) -> Scenario {
            Scenario(seeds: 1...1) { try await run($1) }
        }

        static func of(_ guard: RaceGuard) -> Scenario {
            switch `guard` {
            case .order, .createOnMissing: modelTurn(from: 1)
            case .provisionalClaims: modelTurn(from: 12_342)
            case .everythingBelow: modelTurn(from: 2_048)
            case .freshLook: modelTurn(from: 39_985)
            case .namesOfList: modelTurn(from: 8_151)
            case .aliasKeys: modelTurn(from: 3_898)
            case .missingParents, .jointParents: modelTurn(from: 1_108)
            case .linksOnTheWay: modelTurn(from: 17_413)
            case .poolUnits, .claimsUntilReturn, .poisonedKeys, .waitLimit, .queueBound: planSimulation
            case .secondLook: modelHosts
            case .passage: passing
            case .nameReservation: once(namesOfSiblings)
            case .parentsGrant: once(nestedCall)
            case .orderedIngest: once(slowIngest)
            case .grantsStay: once(oldPlace)
            case .oneAnswer: once(lateReturn)
            case .cancelBeforeStart: once(cancelWhileWaiting)
            case .cancelDuringIngest: once(cancelWhileIngesting)
            case .closedHost: once(callAfterTheEnd)
            case .endedCallFence: once(lateWrite)
            case .useInsideClaim: once(useAfterRelease)
            case .sameVersion: once(editorSaves)
            case .noNewName: once(fileIsLinked)
            case .samePlace: once(directoryIsMoved)
            case .sameFile: once(fileIsSwapped)
            case .noLinkFollowed: once(linkInRemovedTree)
            case .atomicReplacement: once(readerLooks)
            case .newNameOnly: once(lateTwin)
            case .reservedNames: once(unfinishedFile)
            case .leftoverOwner: once(unlockedFileOfTheLiving)
            case .leftoverLock: once(lockedFileOfAnotherNamespace)
            case .processLocks: once(twoHosts)
            case .confirmedPlaces: once(directoryIsAnother)
            case .waitersFirst: once(newcomer)
            case .oldestQueuesFirst: once(queueIsKept)
            case .currentLockFile: once(lockFileIsReplaced)
            case .closedOnExec: once(childKeepsLock)
            case .keptBeyondHost: once(hostIsGone)
            }
        }
    }

#endif
