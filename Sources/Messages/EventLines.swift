import Calls
import StrictJSON

/// A turn's events as JSON Lines for programs that watch. One value serves one turn; events come in their order.
///
///     {"event":"ingested","nanoseconds":1200,"place":1,"id":"call_2","tool":"edit_file",
///      "waitsFor":[{"number":1,"id":"call_1","resource":"a.txt","mode":"exclusive"}]}
///
///     {"event":"blocked","nanoseconds":1500,"place":1,"id":"call_2","tool":"edit_file","resource":"a.txt",
///      "mode":"exclusive","holder":{"process":4242,"number":7,"tool":"edit_file","nanoseconds":3000,"waits":false}}
///
/// `nanoseconds` count from the turn's first event; `place` is the call's in its turn, from 0; `number` is the host's
/// own (an earlier turn's call has no `id` here). A holder is a call of another process, with its number there, and for how
/// long it has held what this call needs; it has none when the other process does not say who it is.
package struct EventLines: Sendable {
    private var origin: UInt64?
    /// The ids of this turn's calls that have not ended.
    private var ids: [CallNumber: String] = [:]

    package init() {}

    package mutating func json(_ event: Event, call: Call) -> JSON {
        let start = origin ?? event.time
        origin = start
        ids[event.call] = call.id
        var line = JSONObject()
        line["event"] = .string(Self.name(event.kind))
        line["nanoseconds"] = .int(Int(clamping: event.time > start ? event.time - start : 0))
        line["place"] = .int(event.place)
        line["number"] = .int(Int(clamping: event.call.rawValue))
        line["id"] = .string(call.id)
        line["tool"] = .string(call.tool)
        addDetails(of: event.kind, at: event.time, to: &line)
        if case .ended = event.kind { ids[event.call] = nil }
        return .object(line)
    }

    private static func name(_ kind: Event.Kind) -> String {
        switch kind {
        case .ingested: "ingested"
        case .narrowed: "narrowed"
        case .granted: "granted"
        case .blocked: "blocked"
        case .started: "started"
        case .progress: "progress"
        case .released: "released"
        case .ended: "ended"
        }
    }

    private func addDetails(of kind: Event.Kind, at time: UInt64, to line: inout JSONObject) {
        switch kind {
        case .ingested(let obstacles), .narrowed(let obstacles): line["waitsFor"] = .array(obstacles.map(json))
        case .granted, .started: break
        case .blocked(let blockade):
            line["resource"] = .string(blockade.resource)
            line["mode"] = .string(blockade.mode.rawValue)
            line["holder"] = blockade.holder.map { holder in
                [
                    "process": .int(holder.process), "number": .int(Int(clamping: holder.call.rawValue)),
                    "tool": .string(holder.tool), "nanoseconds": .int(Int(clamping: holder.duration(now: time))),
                    "waits": .bool(holder.isWaiting),
                ]
            }
        case .progress(let done, let total, let message):
            // JSON has no NaN or infinity, and a plugin may send any.
            if done.isFinite { line["done"] = .number(JSONNumber(done)) }
            if total.isFinite, total > 0 { line["total"] = .number(JSONNumber(total)) }
            line["message"] = .string(message)
        case .released(let claim): line["claim"] = .int(claim)
        case .ended(let outcome, let enforcement):
            line["outcome"] = .string(outcome.kind.rawValue)
            line["started"] = .bool(outcome.started)
            line["enforcement"] = enforcement.map { .string($0.rawValue) }
            if !outcome.denied.isEmpty { line["denied"] = .array(outcome.denied.map { .string($0) }) }
            line["text"] = .string(outcome.text)
        }
    }

    private func json(_ obstacle: Obstacle) -> JSON {
        var object = JSONObject([("number", .int(Int(clamping: obstacle.call.rawValue)))])
        object["id"] = ids[obstacle.call].map(JSON.string)
        object["resource"] = .string(obstacle.resource)
        object["mode"] = .string(obstacle.mode.rawValue)
        return .object(object)
    }
}
