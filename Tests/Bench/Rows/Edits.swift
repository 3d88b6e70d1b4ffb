import Calls
import Floors
import Foundation
import Interlock
import System

/// The columns in which other runners were found wanting, on real files and with durable writes.
enum Edits {
    static let rows = [lost, tenFiles, besideEdits]
    static let nap = 10

    private static let lost = Row(
        name: "edits-lost", section: .edits, subject: "100 edits of one file in one turn",
        reference: "the same edits by threads without a lock, in C", unit: .count("lost"), goal: 0
    ) { setting in
        let (edits, nap) = (setting.size(100, quick: 8), 1)
        let rig = try HostRig(setting, files: 2)
        defer { rig.shutDown() }
        let turn = rig.turn(Array(repeating: ("append", HostRig.file(0), nap), count: edits))
        /// Each edit makes the file a byte longer.
        func lost(of file: String, _ edit: (String) async throws -> Void) async throws -> Double {
            let path = "\(rig.workspace)/\(file)"
            try Data().write(to: URL(fileURLWithPath: path))
            try await edit(path)
            return Double(edits - (try Data(contentsOf: URL(fileURLWithPath: path))).count)
        }
        return try await Round.interleave(setting.rounds(5), warms: false) {
            try await lost(of: HostRig.file(0)) { _ in _ = try await rig.time(turn) }
        } reference: {
            try await lost(of: HostRig.file(1)) { path in
                floor_edit_unlocked(path, Int32(edits), UInt64(nap) * 1_000_000)
            }
        }
    }

    private static let tenFiles = Row(
        name: "edits-10-files", section: .edits, subject: "100 edits of \(nap) ms over 10 files",
        reference: chainWords, unit: .times, goal: 1.05
    ) { setting in
        let (files, edits) = (10, setting.size(10, quick: 1))
        let rig = try HostRig(setting, files: files)
        defer { rig.shutDown() }
        let turn = rig.turn((0..<files * edits).map { ("append", HostRig.file($0 % files), nap) })
        return try await Round.interleave(setting.rounds(25)) {
            try await rig.time(turn)
        } reference: {
            chains(in: rig.workspace, files: files, edits: edits)
        }
    }

    static let chainWords = "the same edits by one thread for each file, in C, as durable"

    static func chains(in directory: String, files: Int = 10, edits: Int = 10) -> Double {
        Double(floor_edit_chains(directory, Int32(files), Int32(edits), UInt64(nap) * 1_000_000))
    }

    private static let besideEdits = Row(
        name: "reads-beside-edits", section: .edits,
        subject: "32 reads of \(nap) ms, each behind one of 32 edits of another file",
        reference: "the same reads alone", unit: .times, goal: 1.2
    ) { setting in
        let reads = setting.size(32, quick: 4)
        let rig = try HostRig(setting, files: reads + 1)
        defer { rig.shutDown() }
        let alone = rig.turn((0..<reads).map { ("look", HostRig.file($0), nap) })
        let edit = rig.turn([("append", HostRig.file(reads), nap)]).calls[0]
        return try await Round.interleave(setting.rounds(11)) {
            try await time(alone.calls, behind: edit, on: rig)
        } reference: {
            try await rig.time(alone)
        }
    }

    /// Until the last of the reads has ended; the edits are awaited, and not counted.
    private static func time(_ reads: [Call], behind edit: Call, on rig: HostRig) async throws -> Double {
        let running = rig.host.begin()
        let start = monotonicNow()
        let places = reads.map { read in
            running.ingest(edit)
            return running.ingest(read)
        }
        for place in places { _ = await running.outcome(of: place) }
        let time = Double(monotonicNow() - start)
        try HostRig.check(await running.outcomes())
        return time
    }
}
