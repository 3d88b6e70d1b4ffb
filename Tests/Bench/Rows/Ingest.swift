import Calls
import Floors
import Interlock

/// Long queues: what it takes to enter them, and to keep them.
enum Ingest {
    static let rows = [alternating, memory]

    private static let alternating = Row(
        name: "ingest-alternating", section: .calls,
        subject: "entering one of 10,000 calls that claim a directory's subtree and a file in it by turns",
        reference: "entering one of the first 1,000", unit: .times, goal: 1.5
    ) { setting in
        let (many, few) = (setting.size(10_000, quick: 40), setting.size(1000, quick: 20))
        let calls = (0..<many).map { number in
            number.isMultiple(of: 2)
                ? [Demand(.path(PathDemand("d", .exclusive, .subtree)))]
                : [Demand(.path(PathDemand("\(number)", .exclusive, .exact)))]
        }
        let rig = SchedulerRig(files: many)
        func enter(_ count: Int) -> Double {
            Double(rig.queue(Array(calls.prefix(count)), behind: calls[0]).entering) / Double(count)
        }
        return try await Round.interleave(setting.rounds(11)) {
            enter(many)
        } reference: {
            enter(few)
        }
    }

    private static let queued = 100_000
    private static let memory = Row(
        name: "queued-memory", section: .calls, subject: "memory for \(queued) calls that wait in a host",
        reference: "the calls with their arguments, before they are handed over", unit: .bytesEach, goal: 1024
    ) { setting in
        let count = setting.size(queued, quick: 50)
        let rig = try HostRig(setting, files: 1, queue: count + 1)
        defer { rig.shutDown() }
        // A first turn makes what is made once.
        _ = try await rig.time(rig.turn([("touch", HostRig.file(0), 0)]))
        let empty = floor_heap_bytes()
        let turn = rig.turn((0..<count).map { _ in ("touch", HostRig.file(0), 0) })
        let arguments = floor_heap_bytes() - empty
        let running = rig.host.begin()
        running.ingest(rig.turn([("hold", HostRig.file(0), 0)]).calls[0])
        for call in turn.calls { running.ingest(call) }
        let all = floor_heap_bytes() - empty
        running.cancel()
        _ = await running.outcomes()
        return [Round(subject: Double(all), reference: Double(arguments), calls: count)]
    }
}
